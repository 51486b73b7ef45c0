import { DatabaseSync } from "node:sqlite";
import { parentPort, workerData } from "node:worker_threads";
import type { CheckpointAnswer } from "./thread-messages.ts";

// A thread that moves the log into the database file, as far as that goes without waiting for anybody.

const { file } = workerData as { readonly file: string };
const database = new DatabaseSync(file, { timeout: 0 });
database.exec("pragma synchronous = normal; pragma wal_autocheckpoint = 0");
const checkpoint = database.prepare("pragma wal_checkpoint(passive)");
const port = parentPort!;

port.on("message", (message: "checkpoint" | "close") => {
  if (message === "close") {
    database.close();
    port.close();
    return;
  }
  try {
    port.postMessage({ pages: Number(checkpoint.get()?.log) } satisfies CheckpointAnswer);
  } catch (error) {
    port.postMessage({ failure: error instanceof Error ? error.message : String(error) } satisfies CheckpointAnswer);
  }
});
