import { runProgram } from "#cli/run-program.ts";

const stop = new AbortController();
process.once("SIGINT", () => {
  stop.abort(new Error("interrupted"));
  // A second one ends the program whatever it does.
  process.once("SIGINT", () => process.exit(130));
});
// Whoever reads what is printed may stop reading: `tributary logs 7 | head`.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? 0 : 1));
}
process.exitCode = await runProgram({
  args: process.argv.slice(2),
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  folder: process.cwd(),
  signal: stop.signal,
});
