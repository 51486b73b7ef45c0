import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { type Load, loadWith } from "../harness/load.ts";
import { RawCalls } from "../harness/raw-calls.ts";

const program = fileURLToPath(new URL("./grpc-js-server.ts", import.meta.url));

/** Calls a grpc-js server that gives the same message to every caller, encoding it each time. */
export async function grpcJsPage(page: Uint8Array, load: { atOnce: number; seconds: number }): Promise<Load> {
  const child = fork(program, [Buffer.from(page).toString("base64")]);
  const exited = once(child, "exit");
  try {
    const [port] = (await once(child, "message")) as [number];
    const calls = new RawCalls(`http://127.0.0.1:${port}`, "grpc");
    try {
      return await loadWith(() => calls.call("/tributary.v1.TaskService/ListTasks", new Uint8Array()), load);
    } finally {
      calls.close();
    }
  } finally {
    child.kill("SIGKILL");
    await exited;
  }
}
