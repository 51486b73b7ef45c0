/** View state as it stands in the address: each value is text, or a list written with commas. */
export type SearchValues = Readonly<Record<string, string | number | readonly string[] | undefined>>;

/** Reads the part of an address after the question mark. */
export function parseSearch(text: string): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(text));
}

/** Writes the part of an address from the question mark on; what is absent or empty is left out. */
export function writeSearch(values: SearchValues): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    const text = typeof value === "object" ? value.map(escapeComma).join(",") : (value ?? "");
    if (text !== "") params.set(name, String(text));
  }
  // commas and colons may stand as they are, and addresses are read by people
  const text = params.toString().replaceAll("%2C", ",").replaceAll("%3A", ":").replaceAll("%2F", "/");
  return text === "" ? "" : `?${text}`;
}

/** A comma within a value of a list, so that it does not part it. */
function escapeComma(text: string): string {
  return text.replaceAll("%", "%25").replaceAll(",", "%2C");
}

/** The values of a list, each once; undefined when there are none. */
export function listOf(value: unknown): readonly string[] | undefined {
  const all = Array.isArray(value)
    ? value.map(String)
    : (textOf(value) ?? "").split(",").map((part) => part.replaceAll("%2C", ",").replaceAll("%25", "%"));
  const found = [...new Set(all.filter((part) => part !== ""))];
  return found.length === 0 ? undefined : found;
}

/** The text of a parameter, if it is one. */
export function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : typeof value === "number" ? String(value) : undefined;
}

/** The number of a parameter, if it is a whole one from 1. */
export function countOf(value: unknown): number | undefined {
  const text = textOf(value) ?? "";
  return /^[1-9]\d{0,8}$/.test(text) ? Number(text) : undefined;
}

/** The value of a parameter that is one of a few; anything else counts as absent. */
export function oneOf<Value extends string>(value: unknown, known: readonly Value[]): Value | undefined {
  return known.find((name) => name === textOf(value));
}

/** The known values of a list, each once, in the order of `known`. */
export function someOf<Value extends string>(value: unknown, known: readonly Value[]): readonly Value[] | undefined {
  const asked = Array.isArray(value) ? value.map(String) : (textOf(value) ?? "").split(",");
  const found = known.filter((name) => asked.includes(name));
  return found.length === 0 ? undefined : found;
}
