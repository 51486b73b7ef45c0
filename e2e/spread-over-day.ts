import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

const day = 86_400_000;

/**
 * Moves tasks that have ended back in time, evenly over the last day, and makes them take longer: a server that has run
 * for a minute then looks as one that a team has used since yesterday. The server must not be running.
 *
 * @param kept - ids of tasks whose times stay
 */
export function spreadOverDay(dataFolder: string, kept: readonly number[]): void {
  const database = new DatabaseSync(join(dataFolder, "tributary.db"));
  const rows = database.prepare("select id, ended_at - started_at as took from tasks where ended_at is not null").all();
  const move = database.prepare(
    "update tasks set created_at = ?, queued_at = ?, started_at = ?, ended_at = ? where id = ?",
  );
  const moved = rows.filter(({ id }) => !kept.includes(Number(id)));
  const now = Date.now();
  for (const [index, { id, took }] of moved.entries()) {
    // work comes in by day more than by night
    const share = (index + 0.5) / moved.length;
    const end = Math.round(now - day * (0.98 - 0.97 * share ** 0.8));
    const length = Math.round(Number(took ?? 0) * (20 + 180 * ((index * 0.618) % 1)));
    move.run(end - length - 900, end - length - 900, took === null ? null : end - length, end, Number(id));
  }
  database.close();
}
