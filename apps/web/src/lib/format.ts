const counts = new Intl.NumberFormat("en-US");
const day = 86_400_000;
const units = ["KiB", "MiB", "GiB", "TiB", "PiB"] as const;

/** A whole number with thousands set apart: `1,284,907`. */
export function formatCount(count: number | bigint): string {
  return counts.format(count);
}

/** Bytes in powers of 1,024 with three figures: `412 KiB`, `1.92 GiB`. */
export function formatBytes(bytes: number): string {
  if (!(Math.abs(bytes) >= 1024)) return `${Math.round(bytes || 0)} B`;
  let value = bytes;
  let unit = -1;
  // 1023.5 would be shown as 1024: go on to the next unit there
  while (Math.abs(value) >= 1023.5 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  const digits = Math.abs(value) >= 99.95 ? 0 : Math.abs(value) >= 9.995 ? 1 : 2;
  return `${Number(value.toFixed(digits))} ${units[unit]}`;
}

function two(value: number): string {
  return String(value).padStart(2, "0");
}

/**
 * A duration for a column, two units at most: `0.3s`, `48s`, `18m 42s`, `2h 31m`, `3d 04h`.
 *
 * @param ms - milliseconds; less than none counts as none
 */
export function formatDuration(ms: number): string {
  const whole = Math.max(0, ms);
  if (whole < 950) return whole === 0 ? "0s" : `${Math.max(0.1, Math.round(whole / 100) / 10)}s`;
  const seconds = whole < 10_000 ? Math.round(whole / 1000) : Math.floor(whole / 1000);
  if (seconds < 60) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}m ${two(seconds % 60)}s`;
  const hours = Math.floor(minutes / 60);
  return hours < 24 ? `${hours}h ${two(minutes % 60)}m` : `${Math.floor(hours / 24)}d ${two(hours % 24)}h`;
}

/** The same duration for a sentence: `51 min 43 s`, `2 h 31 min`. */
export function formatDurationLong(ms: number): string {
  return formatDuration(ms)
    .replace(/\b0(?=\d[smh])/g, "")
    .replace(/(\d)m\b/g, "$1 min")
    .replace(/(\d)([shd])\b/g, "$1 $2");
}

/**
 * How long ago, one unit until an hour and two until a day: `now`, `38s`, `5m`, `1h 03m`, `9d`.
 * A time to come reads `in 5m`, and within a week `in 1d 23h`: nearly two days are not one.
 */
export function formatAgo(at: number, now: number): string {
  const ms = Math.abs(now - at);
  if (ms < 1000) return "now";
  if (at <= now) return agoText(ms);
  return `in ${ms >= day && ms < 7 * day ? formatDuration(ms) : agoText(ms)}`;
}

function agoText(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  if (seconds < 60) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}m`;
  const hours = Math.floor(minutes / 60);
  return hours < 24 ? `${hours}h ${two(minutes % 60)}m` : `${Math.floor(hours / 24)}d`;
}

/**
 * Milliseconds until the text of {@link formatAgo} may change: seconds tick for a minute, minutes for a day.
 */
export function agoTick(at: number, now: number): number {
  const ms = Math.abs(now - at);
  if (ms < 60_000) return 1000;
  return ms < day ? 60_000 - (ms % 60_000) || 60_000 : 3_600_000;
}

const full = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "medium" });
const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const shortDay = new Intl.DateTimeFormat("en-GB", {
  day: "numeric",
  month: "short",
  hour: "2-digit",
  minute: "2-digit",
});

/** Date and time in the reader's zone: `22 Nov 2026, 02:14:03`. */
export function formatDateTime(at: number): string {
  return full.format(at);
}

/** Date and time without the year and the seconds: `22 Nov, 02:14`. */
export function formatShortDateTime(at: number): string {
  return shortDay.format(at);
}

/** Hours and minutes in the reader's zone: `02:14`. */
export function formatClock(at: number): string {
  return clock.format(at);
}

const clockSeconds = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const dayOnly = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });

/** A stretch of time in the reader's zone, with days where there are two, and seconds where they count: `14:02 to 14:20`. */
export function formatTimeSpan(from: number, to: number): string {
  const wholeMinutes = from % 60_000 === 0 && to % 60_000 === 0;
  const [first, last] = [from, to].map((at) => (wholeMinutes ? clock : clockSeconds).format(at));
  const days = [from, to].map((at) => dayOnly.format(at));
  return days[0] === days[1] ? `${first} to ${last}` : `${days[0]}, ${first} to ${days[1]}, ${last}`;
}

/** A share of one as a percentage with no more figures than it deserves: `0.4 %`, `31 %`. */
export function formatPercent(share: number): string {
  const percent = share * 100;
  return `${percent !== 0 && Math.abs(percent) < 9.95 ? Number(percent.toFixed(1)) : Math.round(percent)} %`;
}
