import { Cron, CronPattern } from "croner";
import { RefusedError } from "#core/errors.ts";
import type { Calendar } from "#core/ports/calendar.ts";

/** Months and days may be named; croner's own letters are not for project files, which others read too. */
const words = /\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|sun|mon|tue|wed|thu|fri|sat)\b/gi;
const fieldNames = ["minute", "hour", "day of month", "month", "day of week"] as const;
/** Parsed schedules are kept: the same few are asked for again and again. */
const mostKept = 1_000;

/** Cron by croner. */
export function cronerCalendar(): Calendar {
  const kept = new Map<string, Cron>();
  return {
    next(schedule, after) {
      let cron = kept.get(schedule);
      if (!cron) {
        cron = parse(schedule);
        if (kept.size >= mostKept) kept.clear();
        kept.set(schedule, cron);
      }
      return cron.nextRun(new Date(after))?.getTime();
    },
    stamp: (at) => `${new Date(at).toISOString().slice(0, 16).replace(/[-:]/g, "").toLowerCase()}z`,
  };
}

function parse(schedule: string): Cron {
  const { zone, fields } = split(schedule);
  for (const [index, field] of fields.entries()) checkField(schedule, index, field);
  const pattern = fields.join(" ");
  try {
    // AME asks for both days to match, where classic cron is content with one.
    return new Cron(pattern, { timezone: zone, mode: "5-part", domAndDow: true, paused: true });
  } catch (error) {
    throw refused(schedule, error instanceof Error ? error.message.replace(/^CronPattern: /, "") : String(error));
  }
}

function split(schedule: string): { zone: string; fields: readonly string[] } {
  const words = schedule.trim().split(/\s+/);
  const zone = /^(?:CRON_)?TZ=(.*)$/.exec(words[0] ?? "")?.[1];
  const fields = zone === undefined ? words : words.slice(1);
  if (zone !== undefined) checkZone(schedule, zone);
  if (fields.length !== fieldNames.length || fields[0] === "") {
    const count = fields[0] === "" ? 0 : fields.length;
    throw refused(schedule, `it has ${count} of the five fields ${fieldNames.join(", ")}`);
  }
  return { zone: zone ?? "UTC", fields };
}

function checkZone(schedule: string, zone: string): void {
  try {
    new Intl.DateTimeFormat("en", { timeZone: zone });
  } catch {
    throw refused(schedule, `there is no time zone "${zone.slice(0, 40)}"; write one such as Europe/Berlin`);
  }
}

/** Field by field, so that the message names the one that is wrong. */
function checkField(schedule: string, index: number, field: string): void {
  const pattern = fieldNames.map((_, at) => (at === index ? field : "*")).join(" ");
  const name = fieldNames[index] ?? "field";
  if (!/^[\d*,/-]+$/.test(field.replace(words, "0")))
    throw refused(schedule, `the ${name} "${field.slice(0, 40)}" cannot be read`);
  try {
    new CronPattern(pattern, "UTC", { mode: "5-part" });
  } catch {
    throw refused(schedule, `the ${name} "${field.slice(0, 40)}" is out of range or cannot be read`);
  }
}

function refused(schedule: string, why: string): RefusedError {
  return new RefusedError(
    "invalid",
    `schedule: "${schedule.slice(0, 80)}" is no schedule: ${why}; write for example "15 2 * * *" for 02:15 UTC each day`,
    "schedule",
  );
}
