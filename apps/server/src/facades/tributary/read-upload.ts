import type { ProjectFileHeader, UploadProjectFilesRequest } from "@tributary/proto/tributary/v1/projects_pb";
import { RefusedError } from "#core/errors.ts";
import type { WantedFile } from "#core/projects/reuse-files.ts";
import type { ComingFile } from "#core/projects/upload-files.ts";

type Part = UploadProjectFilesRequest["part"];

export function toWantedFile({ path, sizeBytes, sha256 }: ProjectFileHeader): WantedFile {
  return { path, size: Number(sizeBytes), hash: sha256 };
}

/** The project and the files of one stream, read as they come. */
export async function readUpload(
  requests: AsyncIterable<UploadProjectFilesRequest>,
): Promise<{ readonly projectId: string; readonly files: AsyncIterable<ComingFile> }> {
  const messages = requests[Symbol.asyncIterator]();
  const next = async (): Promise<Part | undefined> => {
    const message = await messages.next();
    return message.done ? undefined : message.value.part;
  };
  const first = await next();
  if (first?.case !== "projectId" || first.value === "") {
    throw new RefusedError("invalid", "project_id: comes first; say whose files these are", "project_id");
  }
  return { projectId: first.value, files: filesOf(next) };
}

async function* filesOf(next: () => Promise<Part | undefined>): AsyncIterable<ComingFile> {
  let part = await next();
  while (part) {
    if (part.case !== "file")
      throw new RefusedError("invalid", "part: a file's header comes before its content", "part");
    // The next header is met by whoever reads this file's content to its end.
    let following: Part | undefined;
    yield {
      ...toWantedFile(part.value),
      content: (async function* () {
        for (following = await next(); following?.case === "content"; following = await next()) yield following.value;
      })(),
    };
    part = following;
  }
}
