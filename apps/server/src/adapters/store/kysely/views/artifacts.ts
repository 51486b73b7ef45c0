import { sql } from "kysely";
import type { ArtifactList, ArtifactPage } from "#core/ports/view.ts";
import { artifactOf } from "../attempt-row.ts";
import type { Snapshot } from "./snapshot.ts";

export async function listArtifacts(
  { db }: Snapshot,
  { taskId, attempt, path, text, after, limit }: ArtifactList,
): Promise<ArtifactPage> {
  let wanted = db.selectFrom("artifacts").where("task_id", "=", taskId);
  if (attempt !== undefined) wanted = wanted.where("attempt", "=", attempt);
  if (path !== undefined) wanted = wanted.where("path", "=", path);
  if (text) wanted = wanted.where(sql`lower(path)`, "like", sql`${`%${escaped(text.toLowerCase())}%`} escape '!'`);
  const { total, bytes } = await wanted
    .select(({ fn }) => [fn.countAll<number>().as("total"), fn.sum<number | null>("size").as("bytes")])
    .executeTakeFirstOrThrow();
  const page = after
    ? wanted.where((eb) =>
        eb.or([eb("path", ">", after.path), eb("path", "=", after.path).and("attempt", ">", after.attempt)]),
      )
    : wanted;
  const rows = await page.selectAll().orderBy("path").orderBy("attempt").limit(limit).execute();
  return { artifacts: rows.map(artifactOf), total: Number(total), totalBytes: Number(bytes ?? 0) };
}

function escaped(text: string): string {
  return text.replace(/[!%_]/g, (sign) => `!${sign}`);
}
