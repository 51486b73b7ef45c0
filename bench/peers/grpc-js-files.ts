import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { withTemporaryFolder } from "../harness/temporary-folder.ts";

const program = fileURLToPath(new URL("./grpc-js-files-server.ts", import.meta.url));

/** Calls with the address of a grpc-js server that writes each file that is uploaded, and does nothing else. */
export function withGrpcJsFiles<T>(act: (url: string) => Promise<T>): Promise<T> {
  return withTemporaryFolder(async (folder) => {
    const child = fork(program, [folder]);
    const exited = once(child, "exit");
    try {
      const [port] = (await once(child, "message")) as [number];
      return await act(`http://127.0.0.1:${port}`);
    } finally {
      child.kill("SIGKILL");
      await exited;
    }
  });
}
