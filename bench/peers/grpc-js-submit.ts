import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const program = fileURLToPath(new URL("./grpc-js-submit-server.ts", import.meta.url));

/** A grpc-js server that writes what our server writes for a submitted task, as durably, into the same tables. */
export class GrpcJsSubmit {
  readonly url: string;
  readonly pid: number;
  readonly end: () => Promise<void>;

  private constructor(url: string, pid: number, end: () => Promise<void>) {
    this.url = url;
    this.pid = pid;
    this.end = end;
  }

  /**
   * @param database - has one submitted task; it is written to
   * @param commits - whether calls that come together share a transaction
   */
  static async start(database: string, commits: "each" | "grouped"): Promise<GrpcJsSubmit> {
    const child = fork(program, [database, commits]);
    const exited = once(child, "exit");
    const [port] = (await Promise.race([
      once(child, "message"),
      exited.then(([code]) => {
        throw new Error(`the grpc-js server ended with ${String(code)}`);
      }),
    ])) as [number];
    return new GrpcJsSubmit(`http://127.0.0.1:${port}`, child.pid ?? 0, async () => {
      child.kill("SIGKILL");
      await exited;
    });
  }
}
