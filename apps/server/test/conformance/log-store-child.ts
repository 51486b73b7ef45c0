import { fileLogStore } from "#adapters/log-store/files/index.ts";

/**
 * Appends to logs in a folder for ever, or until it is refused, and says on its standard output what was acknowledged:
 * task and bytes, or why it was refused.
 */
const [folder = "", pieceSize = "1000"] = process.argv.slice(2);
const logs = await fileLogStore({ folder });
const kept = new Map<number, number>();

async function appendTo(taskId: number): Promise<void> {
  const size = Number(pieceSize);
  for (let count = 0; ; count++) {
    const offset = kept.get(taskId) ?? 0;
    const stream = count % 2 === 0 ? "stdout" : "stderr";
    const bytes = Buffer.from(`${String(offset).padEnd(size - 1, String(taskId))}\n`);
    try {
      kept.set(taskId, await logs.append({ taskId, number: 1 }, offset, [{ stream, at: count, bytes }]));
    } catch (error) {
      process.stdout.write(`refused ${error instanceof Error && "refusal" in error ? error.refusal : error}\n`);
      return;
    }
    process.stdout.write(`${taskId} ${kept.get(taskId)}\n`);
  }
}

await Promise.all([1, 2, 3].map(appendTo));
