import { fromBinary, toBinary } from "@bufbuild/protobuf";
import { Server, ServerCredentials, type ServerUnaryCall, type sendUnaryData } from "@grpc/grpc-js";
import { type ListTasksResponse, ListTasksResponseSchema } from "@tributary/proto/tributary/v1/tasks_pb";

const page = fromBinary(ListTasksResponseSchema, Buffer.from(process.argv[2] ?? "", "base64"));
const server = new Server();
server.addService(
  {
    ListTasks: {
      path: "/tributary.v1.TaskService/ListTasks",
      requestStream: false,
      responseStream: false,
      requestSerialize: (bytes: Buffer) => bytes,
      requestDeserialize: (bytes: Buffer) => bytes,
      responseSerialize: (value: ListTasksResponse) => Buffer.from(toBinary(ListTasksResponseSchema, value)),
      responseDeserialize: (bytes: Buffer) => fromBinary(ListTasksResponseSchema, bytes),
    },
  },
  {
    ListTasks: (_call: ServerUnaryCall<Buffer, ListTasksResponse>, answer: sendUnaryData<ListTasksResponse>) =>
      answer(null, page),
  },
);
server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) => {
  if (error) throw error;
  process.send?.(port);
});
process.on("disconnect", () => process.exit());
