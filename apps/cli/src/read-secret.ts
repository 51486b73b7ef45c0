import { text } from "node:stream/consumers";
import { exitCodes } from "#cli/exit-codes.ts";
import { Failure } from "#cli/failure.ts";

const largest = 64 * 1024;

/**
 * A value that must not be seen: all of stdin, or what is typed without being shown. One line end at the end of what is
 * piped in is not part of it.
 */
export async function readSecret(
  stdin: NodeJS.ReadStream,
  question: string,
  ask: (text: string) => void,
): Promise<string> {
  const value = stdin.isTTY ? await typed(stdin, question, ask) : (await text(stdin)).replace(/\r?\n$/, "");
  if (value === "") throw new Failure("nothing was given; type the value, or pipe it in: … | tributary …");
  if (Buffer.byteLength(value) > largest) throw new Failure("the value is larger than 64 KiB");
  return value;
}

function typed(stdin: NodeJS.ReadStream, question: string, ask: (text: string) => void): Promise<string> {
  ask(question);
  stdin.setRawMode(true);
  stdin.setEncoding("utf8");
  const ended = Promise.withResolvers<string>();
  let value = "";
  const take = (typedNow: string) => {
    for (const key of typedNow) {
      if (key === "\u0003") return ended.reject(new Failure("interrupted", exitCodes.interrupted));
      if (key === "\r" || key === "\n" || key === "\u0004") return ended.resolve(value);
      value = key === "\u007f" || key === "\b" ? Array.from(value).slice(0, -1).join("") : value + key;
    }
  };
  stdin.on("data", take);
  return ended.promise.finally(() => {
    stdin.off("data", take);
    stdin.setRawMode(false);
    stdin.pause();
    ask("\n");
  });
}
