import { join } from "node:path";
import { openLauncher } from "../../src/launcher/launcher.ts";
import { type Kind, optionsFor } from "./rig.ts";

/** A worker that starts what its arguments say, prints what became of it, and stays until it is killed. */
const [folder = "", kind = "", ...scripts] = process.argv.slice(2);
const launcher = await openLauncher(optionsFor(folder, kind as Kind));
const started = [];
for (const [index, script] of scripts.entries()) {
  const [out, err] = [join(folder, `${index}.out`), join(folder, `${index}.err`)];
  const argv = script.startsWith("/") ? [script] : ["sh", "-c", script];
  started.push(await launcher.start({ id: `${index}`, argv, cwd: folder, env: { PATH: "/usr/bin:/bin" }, out, err }));
}
console.log(JSON.stringify(started));
