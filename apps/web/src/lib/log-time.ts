/** How times of lines are shown. */
export type LogTime = "local" | "utc" | "relative" | "off";

function pad(value: number, digits: number): string {
  return String(value).padStart(digits, "0");
}

/**
 * The time of a line: `02:47:03.118` on the reader's clock or in UTC, or `+1:02:03.1` since the start.
 *
 * @param start - ms since 1970 that relative times count from
 */
export function formatLogTime(at: number, mode: Exclude<LogTime, "off">, start: number): string {
  if (mode === "relative") return sinceStart(at - start);
  const date = new Date(at);
  const parts =
    mode === "utc"
      ? [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds(), date.getUTCMilliseconds()]
      : [date.getHours(), date.getMinutes(), date.getSeconds(), date.getMilliseconds()];
  const [hours = 0, minutes = 0, seconds = 0, ms = 0] = parts;
  return `${pad(hours, 2)}:${pad(minutes, 2)}:${pad(seconds, 2)}.${pad(ms, 3)}`;
}

function sinceStart(ms: number): string {
  const tenths = Math.floor(Math.abs(ms) / 100);
  const [seconds, minutes, hours] = [
    Math.floor(tenths / 10) % 60,
    Math.floor(tenths / 600) % 60,
    Math.floor(tenths / 36_000),
  ];
  return `${ms < 0 ? "-" : "+"}${hours}:${pad(minutes, 2)}:${pad(seconds, 2)}.${tenths % 10}`;
}
