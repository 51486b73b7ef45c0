import { randomUUID } from "node:crypto";
import { mkdirSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { fromBinary } from "@bufbuild/protobuf";
import { Server, ServerCredentials, type ServerReadableStream, type sendUnaryData } from "@grpc/grpc-js";
import { type ProjectFileChunk, ProjectFileChunkSchema } from "@tributary/proto/ame/v1/ame_pb";

/* The least that a server must do with uploads: reads each stream, writes a file, and has it on the disk when it answers. */

const folder = process.argv[2] ?? "";
mkdirSync(folder, { recursive: true });

async function keep(stream: AsyncIterable<ProjectFileChunk>): Promise<void> {
  const file = await open(join(folder, randomUUID()), "wx");
  try {
    for await (const { messages } of stream) {
      if (messages.case === "chunk") await file.write(messages.value.contents);
    }
    await file.sync();
  } finally {
    await file.close();
  }
}

const server = new Server();
server.addService(
  {
    UploadProjectFile: {
      path: "/ame.v1.AmeService/UploadProjectFile",
      requestStream: true,
      responseStream: false,
      requestSerialize: (bytes: Buffer) => bytes,
      requestDeserialize: (bytes: Buffer) => fromBinary(ProjectFileChunkSchema, bytes),
      responseSerialize: (bytes: Buffer) => bytes,
      responseDeserialize: (bytes: Buffer) => bytes,
    },
  },
  {
    UploadProjectFile: (call: ServerReadableStream<ProjectFileChunk, Buffer>, answer: sendUnaryData<Buffer>) => {
      keep(call).then(
        () => answer(null, Buffer.alloc(0)),
        (error: Error) => answer(error),
      );
    },
  },
);
server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) => {
  if (error) throw error;
  process.send?.(port);
});
process.on("disconnect", () => process.exit());
