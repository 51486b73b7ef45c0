import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { prepare } from "./prepare.ts";
import { environment, root } from "./root.ts";

/** The server, restarted when its sources change, and the dashboard's development server, which sends RPCs to it. */
const programs = [
  { args: ["--watch", "--watch-preserve-output", "apps/server/src/main.ts"], folder: root },
  { args: ["node_modules/vite/bin/vite.js"], folder: join(root, "apps/web") },
];

/** Runs both until one ends or a signal comes; then the other is ended too. */
async function main(): Promise<void> {
  await prepare(["protos"]);
  const children = programs.map(({ args, folder }) =>
    spawn(process.execPath, args, { cwd: folder, env: environment, stdio: "inherit" }),
  );
  const endAll = () => {
    for (const child of children) child.kill("SIGTERM");
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, endAll);
  await Promise.race(children.map(ended));
  endAll();
  await Promise.all(children.map(ended));
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
}

await main();
