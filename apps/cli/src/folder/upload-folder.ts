import { createReadStream } from "node:fs";
import { join } from "node:path";
import type { MessageInitShape } from "@bufbuild/protobuf";
import { ProjectService, type UploadProjectFilesRequestSchema } from "@tributary/proto/tributary/v1/projects_pb";
import type { Connection } from "#cli/connection.ts";
import { Failure } from "#cli/failure.ts";
import { hashFile } from "#cli/folder/hash-file.ts";
import type { FolderFile } from "#cli/folder/list-files.ts";

type Part = MessageInitShape<typeof UploadProjectFilesRequestSchema>;

/** Files that the server is asked about at once, and sent on one stream. */
const batch = 2_000;
const pieceBytes = 256 * 1024;
const largest = 2 * 2 ** 30;

interface HashedFile {
  readonly path: string;
  readonly sizeBytes: bigint;
  readonly sha256: string;
}

export interface Sent {
  readonly files: number;
  readonly bytes: number;
  /** Of them, those that the server did not have yet. */
  readonly sentFiles: number;
  readonly sentBytes: number;
}

/**
 * Gives a project the files of a folder, and sends only what the server has not got from an earlier upload.
 *
 * @throws Failure for a file that is too large, or that changes while it is read
 */
export async function uploadFolder(
  connection: Connection,
  projectId: string,
  folder: string,
  files: readonly FolderFile[],
): Promise<Sent> {
  const projects = connection.client(ProjectService);
  let sent: Sent = { files: 0, bytes: 0, sentFiles: 0, sentBytes: 0 };
  for (let at = 0; at < files.length; at += batch) {
    const hashed: HashedFile[] = [];
    for (const file of files.slice(at, at + batch)) hashed.push(await hashedFile(folder, file));
    const { missing } = await projects.reuseProjectFiles({ projectId, files: hashed });
    const wanted = missing.flatMap((place) => hashed[place] ?? []);
    if (wanted.length > 0) await projects.uploadProjectFiles(partsOf(projectId, folder, wanted));
    sent = {
      files: sent.files + hashed.length,
      bytes: sent.bytes + sumOf(hashed),
      sentFiles: sent.sentFiles + wanted.length,
      sentBytes: sent.sentBytes + sumOf(wanted),
    };
  }
  return sent;
}

async function hashedFile(folder: string, { path, size }: FolderFile): Promise<HashedFile> {
  if (size > largest) {
    throw new Failure(`${path} is larger than 2 GiB, which is the most that is uploaded; name it in .ameignore`);
  }
  return { path, sizeBytes: BigInt(size), sha256: await hashFile(join(folder, path)) };
}

function sumOf(files: readonly HashedFile[]): number {
  return files.reduce((sum, { sizeBytes }) => sum + Number(sizeBytes), 0);
}

async function* partsOf(projectId: string, folder: string, files: readonly HashedFile[]): AsyncIterable<Part> {
  yield { part: { case: "projectId", value: projectId } };
  for (const file of files) {
    yield { part: { case: "file", value: file } };
    if (file.sizeBytes === 0n) continue;
    for await (const chunk of createReadStream(join(folder, file.path), { highWaterMark: pieceBytes })) {
      yield { part: { case: "content", value: new Uint8Array(chunk as Buffer) } };
    }
  }
}
