import { type Timestamp, timestampMs } from "@bufbuild/protobuf/wkt";

/** Milliseconds since 1970, where there is a time. */
export function toMs(time: Timestamp | undefined): number | undefined {
  return time === undefined ? undefined : timestampMs(time);
}
