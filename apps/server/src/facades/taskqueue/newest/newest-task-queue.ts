import { TaskQueue as Described } from "@tributary/proto/scitq/taskqueue_pb";
import { TaskQueue } from "@tributary/proto/taskqueue/taskqueue_pb";
import { servedAs } from "#rpc/readings.ts";

/** TaskQueue with the messages of scitq's newest version, under the name by which clients of both versions call it. */
export const NewestTaskQueue = servedAs(Described, TaskQueue.typeName);
