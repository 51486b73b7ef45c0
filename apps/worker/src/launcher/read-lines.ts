import type { Socket } from "node:net";

/** The longest line, and the most that waits for a peer that does not read, in characters. */
export const LINE_LIMIT = 16 * 1024 * 1024;

/** Calls `take` with each line that a socket receives, in order; closes a socket whose line is too long. */
export function readLines(socket: Socket, take: (line: string) => void): void {
  let rest = "";
  socket.setEncoding("utf8");
  socket.on("data", (text: string) => {
    // Not node:readline: it takes U+2028, which JSON leaves as it is, for the end of a line.
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) take(line);
    if (rest.length > LINE_LIMIT) socket.destroy();
  });
}
