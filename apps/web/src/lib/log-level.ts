import type { LogLevel } from "#lib/log-source.ts";

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
 * How grave a line looks: by the words loggers write, read at its beginning only. Lines that say nothing are undefined.
 *
 * @param text - without colours
 */
export function detectLevel(text: string): Exclude<LogLevel, "info"> | undefined {
  const start = text.length > 300 ? text.slice(0, 300) : text;
  if (errors.some((pattern) => pattern.test(start))) return "error";
  return warnings.some((pattern) => pattern.test(start)) ? "warn" : undefined;
}
