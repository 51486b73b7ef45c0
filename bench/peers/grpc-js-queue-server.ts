import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { Server, ServerCredentials, type ServerReadableStream, type sendUnaryData } from "@grpc/grpc-js";
import {
  AckSchema,
  TaskListAndOtherSchema,
  type TaskLog,
  TaskLogSchema,
  TaskStatusUpdateSchema,
} from "@tributary/proto/taskqueue/taskqueue_pb";

/** Hands out so many tasks from memory, and remembers nothing but how many are left. */
let left = Number(process.argv[2]);
let last = 0;

const ack = Buffer.from(toBinary(AckSchema, create(AckSchema, { success: true })));
const raw = (bytes: Buffer) => bytes;
const unary = (path: string) => ({
  path: `/taskqueue.TaskQueue/${path}`,
  requestStream: false,
  responseStream: false,
  requestSerialize: raw,
  requestDeserialize: raw,
  responseSerialize: raw,
  responseDeserialize: raw,
});

function next(): Buffer {
  const count = Math.min(left, 8);
  left -= count;
  const tasks = Array.from({ length: count }, () => {
    last += 1;
    return { taskId: last, command: "true", container: "bare", status: "A" };
  });
  return Buffer.from(toBinary(TaskListAndOtherSchema, create(TaskListAndOtherSchema, { tasks, concurrency: 8 })));
}

const server = new Server();
server.addService(
  {
    Ping: unary("PingAndTakeNewTasks"),
    Update: unary("UpdateTaskStatus"),
    Logs: {
      ...unary("SendTaskLogs"),
      requestStream: true,
      requestDeserialize: (bytes: Buffer) => fromBinary(TaskLogSchema, bytes),
    },
  },
  {
    Ping: (_call: unknown, answer: sendUnaryData<Buffer>) => answer(null, next()),
    Update: ({ request }: { readonly request: Buffer }, answer: sendUnaryData<Buffer>) => {
      fromBinary(TaskStatusUpdateSchema, request);
      answer(null, ack);
    },
    Logs: (call: ServerReadableStream<TaskLog, Buffer>, answer: sendUnaryData<Buffer>) => {
      call.on("data", () => {});
      call.on("end", () => answer(null, ack));
    },
  },
);
server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) => {
  if (error) throw error;
  process.send?.(port);
});
process.on("disconnect", () => process.exit());
