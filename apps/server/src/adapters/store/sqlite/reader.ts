import { parentPort, workerData } from "node:worker_threads";
import { SnapshotReader } from "./snapshot-reader.ts";
import type { ReadAnswer, ReadAsk, ReaderSetting } from "./thread-messages.ts";

// A thread with a connection that only reads.

const reader = new SnapshotReader(workerData as ReaderSetting);
const port = parentPort!;

port.on("message", (message: ReadAsk | "close") => void take(message));

async function take(message: ReadAsk | "close"): Promise<void> {
  if (message === "close") {
    reader.close();
    port.close();
    return;
  }
  try {
    port.postMessage((await reader.answer(message)) satisfies ReadAnswer);
  } catch (error) {
    port.postMessage({ failure: error instanceof Error ? error.message : String(error) } satisfies ReadAnswer);
  }
}
