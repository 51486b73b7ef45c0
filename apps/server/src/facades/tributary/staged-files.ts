import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import type { ServiceImpl } from "@connectrpc/connect";
import type {
  StagedFileSchema,
  StagedFileService,
  UploadStagedFileRequest,
} from "@tributary/proto/tributary/v1/staged_files_pb";
import { RefusedError } from "#core/errors.ts";
import { deleteStagedFile } from "#core/jobs/delete-staged-file.ts";
import { checkJobId, type StagedFile } from "#core/jobs/job.ts";
import { uploadFile } from "#core/jobs/stage-file.ts";
import type { Ports } from "#core/ports/index.ts";
import { fromPageToken, toPageToken } from "#rpc/page-token.ts";

const list = "staged files";
const usualPage = 100;

export function stagedFileHandlers(ports: Ports): ServiceImpl<typeof StagedFileService> {
  const { store, staging } = ports;
  return {
    async listStagedFiles({ pageSize, pageToken }) {
      const limit = pageSize || usualPage;
      const after = String(fromPageToken(pageToken, list)?.value ?? "");
      const { files, bytes } = await store.view.listStagedFiles({ after, limit: limit + 1 });
      const page = files.slice(0, limit);
      const last = page.at(-1);
      return {
        files: page.map(fromFile),
        nextPageToken: files.length > limit && last ? toPageToken({ value: last.id, id: 0 }, list) : "",
        totalBytes: BigInt(bytes),
        limitBytes: BigInt(staging.limits.bytes),
      };
    },
    async uploadStagedFile(messages) {
      const parts = messages[Symbol.asyncIterator]();
      const first = await parts.next();
      if (first.done || first.value.part.case !== "id") {
        throw new RefusedError("invalid", "part: the first message must be the id", "part");
      }
      const id = checkJobId(first.value.part.value, "id");
      const file = await uploadFile(ports, { id, bytes: contentOf(parts) });
      return { file: fromFile(file) };
    },
    async deleteStagedFile({ id }) {
      await deleteStagedFile(ports, { id: checkJobId(id, "id") });
      return {};
    },
  };
}

async function* contentOf(parts: AsyncIterator<UploadStagedFileRequest>): AsyncIterable<Uint8Array> {
  for (let next = await parts.next(); !next.done; next = await parts.next()) {
    const { part } = next.value;
    if (part.case !== "content") {
      throw new RefusedError("invalid", "part: after the id comes nothing but content", "part");
    }
    yield part.value;
  }
}

function fromFile({ id, size, hash, stagedAt, usedAt }: StagedFile): MessageInitShape<typeof StagedFileSchema> {
  return {
    id,
    sizeBytes: BigInt(size),
    sha256: hash,
    stageTime: timestampFromMs(stagedAt),
    useTime: timestampFromMs(usedAt),
  };
}
