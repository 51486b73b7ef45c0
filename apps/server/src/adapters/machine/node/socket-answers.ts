import { stat } from "node:fs/promises";
import { connect } from "node:net";

/** Whether somebody listens on a unix socket; undefined when there is none of this name. */
export async function answersAt(path: string): Promise<boolean | undefined> {
  const isThere = await stat(path).then(
    () => true,
    () => false,
  );
  if (!isThere) return undefined;
  return new Promise((resolve) => {
    const socket = connect(path);
    const settle = (answers: boolean) => {
      socket.destroy();
      resolve(answers);
    };
    socket.setTimeout(2_000, () => settle(false));
    socket.once("connect", () => settle(true));
    socket.once("error", () => settle(false));
  });
}
