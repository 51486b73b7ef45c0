import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import type { AttackName, Seen } from "./attacks.ts";

const program = fileURLToPath(new URL("attacker.ts", import.meta.url));

/** Lets a process of its own attack the server; answers what it saw. */
export async function attack(name: AttackName, port: number, many: number): Promise<Seen> {
  const child = spawn(process.execPath, [program, name, String(port), String(many)], {
    stdio: ["ignore", "pipe", "pipe"],
    timeout: 60_000,
    killSignal: "SIGKILL",
  });
  const [out, errors] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
  if (out === "") throw new Error(`the attacker ended without a word: ${errors}`);
  return JSON.parse(out) as Seen;
}
