import { RefusedError } from "#core/errors.ts";

const units: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
  y: 31_536_000_000,
};

const defaultInterval = 300_000;
/** Repositories are not asked more often, whatever a source says. */
const shortestInterval = 1_000;

/**
 * Milliseconds between syncs: one number and one unit (`10s`, `5m`, `1h`); unset means five minutes.
 *
 * @throws RefusedError `invalid`
 */
export function parseSyncInterval(text: string | undefined): number {
  if (text === undefined || text === "") return defaultInterval;
  const match = /^(\d{1,12})(ns|us|ms|s|m|h|d|w|y)$/.exec(text);
  if (!match) {
    throw new RefusedError(
      "invalid",
      `sync_interval: "${text.slice(0, 40)}" is not a number and a unit; write for example 10s, 5m, 1h`,
      "sync_interval",
    );
  }
  return Math.max(shortestInterval, Number(match[1]) * (units[match[2] ?? ""] ?? 0));
}
