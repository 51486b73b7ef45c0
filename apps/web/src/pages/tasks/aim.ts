import type { MessageInitShape } from "@bufbuild/protobuf";
import type { CreateTaskBatchRequestSchema } from "@tributary/proto/tributary/v1/task_batches_pb";

/** Which tasks an act is for. */
export type Aim = NonNullable<MessageInitShape<typeof CreateTaskBatchRequestSchema>["target"]>;
