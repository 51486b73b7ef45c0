import type { View } from "#core/ports/view.ts";
import { stagedFileOf } from "../body-rows.ts";
import type { Snapshot } from "./snapshot.ts";

type Answer = Awaited<ReturnType<View["listStagedFiles"]>>;

export async function listStagedFiles(
  { db }: Snapshot,
  { after, limit }: Parameters<View["listStagedFiles"]>[0],
): Promise<Answer> {
  const rows = await db
    .selectFrom("staged_files")
    .selectAll()
    .where("id", ">", after)
    .orderBy("id")
    .limit(limit)
    .execute();
  const { bytes } = await db
    .selectFrom("staged_files")
    .select(({ fn }) => fn.sum<number | null>("size").as("bytes"))
    .executeTakeFirstOrThrow();
  return { files: rows.map(stagedFileOf), bytes: Number(bytes ?? 0) };
}
