import { statfs } from "node:fs/promises";
import type { MessageInitShape } from "@bufbuild/protobuf";
import type { WorkerDiskSchema } from "@tributary/proto/tributary/v1/workers_pb";

/** The disk that a folder is on. */
export async function readDisk(
  folder: string,
  environmentsBytes: number,
): Promise<MessageInitShape<typeof WorkerDiskSchema>> {
  const { bavail, blocks, bsize } = await statfs(folder, { bigint: true });
  return { freeBytes: bavail * bsize, totalBytes: blocks * bsize, environmentsBytes: BigInt(environmentsBytes) };
}
