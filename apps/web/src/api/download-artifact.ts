import { createClient, type Transport } from "@connectrpc/connect";
import { type Artifact, TaskService } from "@tributary/proto/tributary/v1/tasks_pb";

/** The bytes of a file that a task left. */
export async function downloadArtifact(
  transport: Transport,
  taskId: number,
  { path, attempt }: Artifact,
): Promise<Blob> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  const stream = createClient(TaskService, transport).downloadArtifact({ taskId, path, attempt }, { timeoutMs: 0 });
  for await (const { content } of stream) parts.push(new Uint8Array(content));
  return new Blob(parts, { type: "application/octet-stream" });
}
