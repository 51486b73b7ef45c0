import { quotedTexts } from "./quoted-texts.ts";

/** Values below this many bytes are not masked: they would blacken ordinary text and could be guessed anyway. */
export const MIN_SECRET_BYTES = 4;

/** Where the usual programs break lines of base64. */
const BASE64_LINES = [64, 76];
/** Shortest line of broken base64 that is masked by itself. */
const MIN_BASE64_LINE = 16;

/**
 * All byte strings that stand for one of the values: itself, each of its lines, and what the usual encodings make of
 * both: base64 at any of the three alignments (standard and URL alphabet) and broken into lines, hexadecimal,
 * percent-encoding, escapes of JSON, HTML and Python, quotes of a shell.
 *
 * In a fixed order for the same values, without repeats. Masking is best effort: an encoding that is not listed here,
 * or a value cut in two by the program itself, is not recognised.
 */
export function secretPatterns(values: readonly string[]): Buffer[] {
  const found = new Map<string, Buffer>();
  for (const form of values.flatMap(forms)) {
    if (form.length >= MIN_SECRET_BYTES) found.set(form.toString("latin1"), form);
  }
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, form]) => form);
}

/** True for a value that {@link secretPatterns} leaves unmasked. */
export function isTooShortToMask(value: string): boolean {
  return Buffer.byteLength(value.trim()) < MIN_SECRET_BYTES;
}

function forms(value: string): Buffer[] {
  const lines = value.split(/\r\n|\r|\n/).map((line) => line.trim());
  const texts = [value, value.trim(), ...lines];
  return texts
    .filter((text) => Buffer.byteLength(text) >= MIN_SECRET_BYTES)
    .flatMap((text) => [...encodedTexts(text).map((form) => Buffer.from(form)), ...base64Forms(Buffer.from(text))]);
}

function encodedTexts(text: string): string[] {
  const hex = Buffer.from(text).toString("hex");
  const json = JSON.stringify(text).slice(1, -1);
  const ascii = json.replace(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
  const percent = [
    percentEncoded(text, /[^A-Za-z0-9_.~-]/),
    percentEncoded(text, /[^A-Za-z0-9_.~/-]/),
    encodeURIComponent(text.toWellFormed()),
  ];
  const urls = percent.flatMap((url) => [
    url,
    url.replaceAll("%20", "+"),
    url.replace(/%../g, (code) => code.toLowerCase()),
  ]);
  return [text, hex, hex.toUpperCase(), json, ascii, ...quotedTexts(text), ...urls];
}

function percentEncoded(text: string, reserved: RegExp): string {
  const encode = (byte: number): string => {
    const letter = String.fromCharCode(byte);
    return byte > 127 || reserved.test(letter) ? `%${byte.toString(16).toUpperCase().padStart(2, "0")}` : letter;
  };
  return Array.from(Buffer.from(text), encode).join("");
}

/** Base64 with 0, 1 and 2 bytes in front, cut to the characters that depend on the value alone. */
function base64Forms(value: Buffer): Buffer[] {
  const whole = [0, 1, 2].map((shift) => {
    const encoded = Buffer.concat([Buffer.alloc(shift), value]).toString("base64");
    return encoded.slice(Math.ceil((shift * 8) / 6), Math.floor(((shift + value.length) * 8) / 6));
  });
  const forms = [...whole, ...BASE64_LINES.flatMap((width) => brokenForms(whole[0] ?? "", width))];
  return forms.flatMap((form) => [Buffer.from(form), Buffer.from(form.replaceAll("+", "-").replaceAll("/", "_"))]);
}

/** Base64 that begins a line and is longer than one: as it is printed, and each of its lines. */
function brokenForms(encoded: string, width: number): string[] {
  if (encoded.length <= width) return [];
  const lines = encoded.match(new RegExp(`.{1,${width}}`, "g")) ?? [];
  return [lines.join("\n"), lines.join("\r\n"), ...lines.filter(({ length }) => length >= MIN_BASE64_LINE)];
}
