/**
 * Replaces what stands between `<!-- name -->` and `<!-- /name -->`.
 *
 * @throws Error when the marks are not there
 */
export function replaceMarkedPart(text: string, name: string, part: string): string {
  const marks = new RegExp(`(<!-- ${name} -->\n)[\\s\\S]*?(<!-- /${name} -->)`);
  if (!marks.test(text))
    throw new Error(`has no <!-- ${name} --> … <!-- /${name} -->, between which its table belongs`);
  return text.replace(marks, (_, open: string, close: string) => `${open}\n${part.trim()}\n\n${close}`);
}

/** A Markdown table; cells hold no line breaks. */
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}
