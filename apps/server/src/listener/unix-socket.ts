import { lstatSync, statSync, unlinkSync } from "node:fs";
import { connect } from "node:net";
import { dirname } from "node:path";
import { ListenError } from "./listen-error.ts";

/** `sun_path` has 108 bytes on Linux and 104 on macOS, with the final NUL. */
const MOST_PATH_BYTES = process.platform === "darwin" ? 103 : 107;
const ANSWER_MS = 2_000;

/**
 * Makes `path` ready to be bound: its folder must be the user's alone, and a socket left by a process that has died
 * is removed.
 *
 * @throws ListenError when the path is too long, the folder missing or open to others, or the path taken
 */
export async function prepareUnixSocket(path: string): Promise<void> {
  const bytes = Buffer.byteLength(path);
  if (bytes > MOST_PATH_BYTES) {
    throw new ListenError(
      `The socket path ${path} has ${bytes} bytes, and the system allows ${MOST_PATH_BYTES}. Choose a folder with a shorter path.`,
    );
  }
  checkFolder(dirname(path));
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (!found) return;
  if (!found.isSocket()) {
    throw new ListenError(`${path} is in the way: it is not a socket. Move it elsewhere, then start again.`);
  }
  if (await isAnswered(path)) {
    throw new ListenError(
      `Another process answers on the socket ${path}. Stop that server first; only one may use a data folder.`,
    );
  }
  unlinkSync(path);
}

function checkFolder(folder: string): void {
  const stats = statSync(folder, { throwIfNoEntry: false });
  if (!stats?.isDirectory()) {
    throw new ListenError(`The folder ${folder} for the socket does not exist. Create it with mode 0700.`);
  }
  const foreign = process.getuid !== undefined && stats.uid !== process.getuid();
  if (foreign || (stats.mode & 0o077) !== 0) {
    throw new ListenError(
      `The folder ${folder} for the socket must belong to this user and be closed to others: run chmod 700 on it.`,
    );
  }
}

/** Whether somebody accepts connections there. A process too busy to answer in time is alive, and counts. */
function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    const settle = (answered: boolean) => {
      resolve(answered);
      socket.destroy();
    };
    socket.setTimeout(ANSWER_MS, () => settle(true));
    socket.once("connect", () => settle(true));
    socket.once("error", (error: NodeJS.ErrnoException) =>
      settle(error.code !== "ECONNREFUSED" && error.code !== "ENOENT"),
    );
  });
}
