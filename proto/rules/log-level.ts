const errors = [
  /(?:^|[\s[("'=:|<])(?:ERROR|FATAL|CRITICAL|SEVERE|PANIC|ERR)(?=$|[\s\])"':,|>])/,
  /\blevel["']?\s*[=:]\s*["']?(?:error|fatal|critical|panic)\b/i,
  /^\s*(?:error|fatal|panic)(?:\s*[:[(]|$)/i,
  /^Traceback \(most recent call last\)/,
  /^(?:[A-Za-z_]\w*\.)*[A-Z]\w*(?:Error|Exception)(?::|$)/,
  /^[EF]\d{4} \d\d:\d\d/,
  /^(?:Killed|Segmentation fault|Out of memory)\b/,
];
const warnings = [
  /(?:^|[\s[("'=:|<])(?:WARN|WARNING)(?=$|[\s\])"':,|>])/,
  /\blevel["']?\s*[=:]\s*["']?warn(?:ing)?\b/i,
  /^\s*warn(?:ing)?\s*[:[(]/i,
  /\b[A-Z]\w*Warning:/,
  /^W\d{4} \d\d:\d\d/,
];

/**
 * Something every line above has in it, whatever is between: so that most of a log is passed over in large pieces.
 * Finds too much, never too little.
 */
export const levelHint =
  /err|fatal|critical|severe|panic|exception|traceback|warn|killed|segmentation|out of memory|[efw]\d{4} \d/gi;

/** Characters at the beginning of a line that say its level. */
const longest = 300;

/**
 * How grave a line looks, by the words loggers write, read at its beginning only: what `LogLevel` means for the lines of
 * tasks. The server counts, searches and tells by it; who follows a log live gets bytes without levels, and asks here.
 *
 * @param text - without colours
 */
export function levelOf(text: string): "error" | "warn" | "info" {
  const start = text.length > longest ? text.slice(0, longest) : text;
  if (errors.some((pattern) => pattern.test(start))) return "error";
  return warnings.some((pattern) => pattern.test(start)) ? "warn" : "info";
}
