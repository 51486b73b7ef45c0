/** Values below this many bytes are not masked: they would blacken ordinary text and could be guessed anyway. */
export const MIN_SECRET_BYTES = 4;

/**
 * All byte strings that stand for one of the values: itself, each of its lines, and what the usual encodings make of
 * both: base64 at any of the three alignments (standard and URL alphabet), hexadecimal, percent-encoding, JSON escapes.
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
  return [text, hex, hex.toUpperCase(), json, ascii, ...urls];
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
  return [0, 1, 2].flatMap((shift) => {
    const encoded = Buffer.concat([Buffer.alloc(shift), value]).toString("base64");
    const own = encoded.slice(Math.ceil((shift * 8) / 6), Math.floor(((shift + value.length) * 8) / 6));
    return [Buffer.from(own), Buffer.from(own.replaceAll("+", "-").replaceAll("/", "_"))];
  });
}
