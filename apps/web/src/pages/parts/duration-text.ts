import { type Duration, durationFromMs } from "@bufbuild/protobuf/wkt";
import { parseDuration as parseMs } from "#lib/parse-duration.ts";

/** Reads `90s`, `30m`, `1h 30m`; undefined for anything else. */
export function parseDuration(text: string): Duration | undefined {
  const ms = parseMs(text);
  return ms === undefined ? undefined : durationFromMs(ms);
}
