import { parentPort, workerData } from "node:worker_threads";
import type { FileBytes } from "#core/ports/tables.ts";
import type { FromThread, TableWork, ToThread } from "./messages.ts";
import { readCsv } from "./read-csv.ts";
import { readParquet } from "./read-parquet.ts";

/* Reads one page of one file, and ends. */

const port = parentPort;
if (!port) throw new Error("this is the program of a thread");
const { format, size, ask } = workerData as TableWork;

const waiting = new Map<number, (bytes: Uint8Array<ArrayBuffer>) => void>();
let reads = 0;
const tell = (message: FromThread) => port.postMessage(message);

port.on("message", ({ id, bytes }: ToThread) => {
  waiting.get(id)?.(bytes);
  waiting.delete(id);
});

const file: FileBytes = {
  size,
  read: (from, to) =>
    new Promise((resolve) => {
      const id = ++reads;
      waiting.set(id, resolve);
      tell({ kind: "read", id, from, to });
    }),
};

tell({ kind: "page", page: await (format === "csv" ? readCsv : readParquet)(file, ask) });
port.close();
