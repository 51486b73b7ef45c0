/** A text as languages and shells write it between quotes, or without any. */
export function quotedTexts(text: string): string[] {
  return [...htmlTexts(text), ...shellTexts(text), ...pythonTexts(text)];
}

function htmlTexts(text: string): string[] {
  const html = text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  const quoted = html.replaceAll('"', "&quot;");
  return [html, quoted, quoted.replaceAll("'", "&#39;"), quoted.replaceAll("'", "&#x27;")];
}

/** As `set -x`, Python's `shlex` and `printf %q` write it. */
function shellTexts(text: string): string[] {
  return [
    text.replaceAll("'", "'\\''"),
    text.replaceAll("'", `'"'"'`),
    text.replace(/[\s!"#$&'()*,;<>?[\\\]^`{|}~]/g, (letter) => `\\${letter}`),
  ];
}

const short: Readonly<Record<string, string>> = { "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/** As `repr` writes text and bytes; it escapes single quotes only where there are both kinds. */
function pythonTexts(text: string): string[] {
  const escaped = text.replace(/[\\\n\r\t]/g, (letter) => short[letter] ?? letter);
  const bytes = Array.from(Buffer.from(text), (byte) => {
    const letter = String.fromCharCode(byte);
    const isPrinted = byte >= 32 && byte < 127;
    return short[letter] ?? (isPrinted ? letter : `\\x${byte.toString(16).padStart(2, "0")}`);
  }).join("");
  return [escaped, bytes].flatMap((form) => [form, form.replaceAll("'", "\\'")]);
}
