import { parentPort, workerData } from "node:worker_threads";
import { openReader } from "./open-database.ts";

// A thread that looks through the database of its file, and says what it found.

const database = openReader(workerData as string, 8);
const rows = database.prepare("pragma quick_check(5)").all();
database.close();
parentPort!.postMessage(rows.map((row) => String(row.quick_check)));
