import cronstrue from "cronstrue";

import { schedulesStrings } from "#pages/strings/schedules-strings.ts";

export interface CronWords {
  /** In plain words; undefined for fields that cannot be read. */
  readonly words: string | undefined;
  readonly fields: string;
  readonly zone: string;
}

/** The five fields of a schedule in plain words, and the time zone that they are in. */
export function cronWords(cron: string): CronWords {
  const [, zone = schedulesStrings.utc, fields = cron] = /^(?:CRON_)?TZ=(\S+)\s+(.*)$/.exec(cron) ?? [];
  const words = cronstrue.toString(fields, { use24HourTimeFormat: true, throwExceptionOnParseError: false });
  return { words: /^An error occur/.test(words) ? undefined : words, fields, zone };
}
