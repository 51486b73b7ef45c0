import type { MessageInitShape } from "@bufbuild/protobuf";
import type { Timestamp } from "@bufbuild/protobuf/wkt";
import { timestampMs } from "@bufbuild/protobuf/wkt";
import type { ReasonSchema } from "@tributary/proto/tributary/v1/reason_pb";
import type { Reason } from "#core/reason.ts";

export function toTime(time: Timestamp | undefined): number | undefined {
  return time && timestampMs(time);
}

export function fromReason(reason: Reason): MessageInitShape<typeof ReasonSchema> {
  return { code: reason.code, message: reason.message, hint: reason.hint ?? "" };
}
