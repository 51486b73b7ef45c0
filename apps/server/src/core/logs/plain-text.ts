/* biome-ignore-all lint/suspicious/noControlCharactersInRegex: terminals are steered by control characters */

// Commands of the operating system, with the links among them; control sequences; single escapes; what cannot be seen.
const sequences =
  /\u001b\][^\u0007\u001b\n]*(?:\u0007|\u001b\\)?|\u001b\[[0-?]*[ -/]*[@-~]?|\u001b(?:[()*+]\w|[^[\]()*+\n])?|[\u0000-\u0008\u000b\u000c\u000e-\u001a\u001c-\u001f\u007f]/g;
const steering = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/;

/** Text without colours and whatever else only a terminal acts on. Line ends and carriage returns stay. */
export function plainText(text: string): string {
  return steering.test(text) ? text.replace(sequences, "") : text;
}
