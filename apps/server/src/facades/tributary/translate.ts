import type { MessageInitShape } from "@bufbuild/protobuf";
import type { Timestamp } from "@bufbuild/protobuf/wkt";
import { timestampFromMs, timestampMs } from "@bufbuild/protobuf/wkt";
import type { ReasonSchema } from "@tributary/proto/tributary/v1/reason_pb";
import type { Reason } from "#core/reason.ts";

/** Milliseconds to the wire; unset stays unset. */
export function fromTime(at: number | undefined) {
  return at === undefined ? {} : timestampFromMs(at);
}

export function toTime(time: Timestamp | undefined): number | undefined {
  return time && timestampMs(time);
}

export function fromReason(reason: Reason): MessageInitShape<typeof ReasonSchema> {
  return { code: reason.code, message: reason.message, hint: reason.hint ?? "" };
}
