import { X509Certificate } from "node:crypto";
import { readFile, stat, statfs } from "node:fs/promises";
import type { Machine } from "#core/ports/machine.ts";
import { findPrograms } from "./find-programs.ts";
import { answersAt } from "./socket-answers.ts";
import { trySync } from "./try-sync.ts";

export interface NodeMachineOptions {
  readonly dataFolder: string;
  /** Of the server, for workers. */
  readonly socketPath: string;
  /** Of the program that starts processes, as far as it is below the worker's folder. */
  readonly launcherSocket: string;
  /** PEM file. */
  readonly certificateFile: string;
  /** What programs see of the server's environment. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** The machine as Node sees it. */
export function nodeMachine(options: NodeMachineOptions): Machine {
  const { dataFolder, socketPath, launcherSocket, certificateFile, environment } = options;
  return {
    dataFolder,
    socketPathBytes: Buffer.byteLength(socketPath),
    async disk() {
      const { bsize, blocks, bavail } = await statfs(dataFolder);
      return { total: blocks * bsize, free: bavail * bsize };
    },
    async isFolderOpen() {
      return ((await stat(dataFolder)).mode & 0o077) !== 0;
    },
    trySync: () => trySync(dataFolder),
    programs: () => findPrograms(environment),
    launcherAnswers: () => answersAt(launcherSocket),
    async certificate() {
      try {
        const { validToDate, subject } = new X509Certificate(await readFile(certificateFile));
        return { expiresAt: validToDate.getTime(), subject };
      } catch {
        return undefined;
      }
    },
  };
}
