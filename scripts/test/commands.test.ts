import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, it, onTestFinished } from "vitest";
import { root } from "../root.ts";
import { temporaryFolder, writeFiles } from "./temporary-folder.ts";

/** The machine's own programs: what npm put in front of them is left out. */
const outside = (process.env.PATH ?? "").split(delimiter).filter((folder) => !folder.endsWith("node_modules/.bin"));

/** Stands for the server: says that it is there, and how it ended. */
const server = `
  import { appendFileSync, writeFileSync } from "node:fs";
  writeFileSync("pid", String(process.pid));
  const waits = setInterval(() => {}, 1000);
  for (const signal of ["SIGTERM", "SIGINT"]) {
    process.on(signal, () => {
      appendFileSync("ended", signal);
      clearInterval(waits);
    });
  }
  console.log("args: " + process.argv.slice(2).join(" ") + ", node " + process.versions.node);
`;

/** A repository with the real scripts around a stand-in server and a stand-in for what is built before. */
function plantRepository(): string {
  const folder = temporaryFolder();
  for (const path of ["package.json", "scripts/install.sh", "scripts/start.sh", "scripts/with-node.sh"]) {
    writeFiles(folder, { [path]: readFileSync(join(root, path), "utf8") });
  }
  writeFiles(folder, {
    "pnpm-lock.yaml": "",
    "pnpm-workspace.yaml": "",
    "apps/server/package.json": "{}",
    "proto/package.json": "{}",
    "e2e/package.json": "{}",
    "scripts/prepare.ts": `console.error("prepared");`,
    "apps/server/dist/main.js": server,
  });
  return folder;
}

/** Puts the pinned Node where pnpm would, whenever packages are installed: by a stand-in for npx. */
function plantNpx(folder: string, code: string): string {
  const bin = join(folder, "bin");
  mkdirSync(bin);
  const path = join(bin, "npx");
  writeFileSync(path, `#!/bin/sh\nset -e\necho installed >>installs\n${code}\n`);
  chmodSync(path, 0o755);
  return bin;
}

const putNode = `mkdir -p node_modules/.bin; ln -sf ${process.execPath} node_modules/.bin/node`;

interface Run {
  readonly child: ChildProcess;
  readonly output: () => string;
  readonly ended: Promise<number | null>;
}

function run(folder: string, argv: readonly [string, ...string[]], path: readonly string[]): Run {
  const [program, ...args] = argv;
  const child = spawn(program, args, {
    cwd: folder,
    env: { ...process.env, PATH: path.join(delimiter) },
    detached: true,
  });
  onTestFinished(() => {
    if (child.pid !== undefined && isAlive(-child.pid)) process.kill(-child.pid, "SIGKILL");
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream?.on("data", (bytes: Buffer) => (output += bytes.toString()));
  return { child, output: () => output, ended: once(child, "close").then(([code]: (number | null)[]) => code ?? null) };
}

async function until(condition: () => boolean): Promise<void> {
  for (const end = Date.now() + 30_000; !condition(); await pause(20)) {
    if (Date.now() > end) throw new Error("it did not happen within 30 s");
  }
}

const text = (folder: string, path: string) =>
  existsSync(join(folder, path)) ? readFileSync(join(folder, path), "utf8") : "";

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe("npm start", () => {
  it.each(["SIGTERM", "SIGINT"] as const)("hands %s to the server itself and leaves nothing behind", async (signal) => {
    const folder = plantRepository();
    const path = [plantNpx(folder, putNode), ...outside];
    const { child, output, ended } = run(folder, ["npm", "start", "--", "--port", "0"], path);
    await until(() => output().includes("args:"));
    expect(output()).toContain(`args: --port 0, node ${process.versions.node}`);
    expect(output()).toContain("prepared");
    const pid = Number(text(folder, "pid"));
    child.kill(signal);
    await ended;
    expect(text(folder, "ended")).toBe(signal);
    expect(isAlive(pid)).toBe(false);
  });

  it("ends what it is waiting for when a signal comes earlier", async () => {
    const folder = plantRepository();
    const path = [plantNpx(folder, "echo $$ >pid; exec sleep 100"), ...outside];
    const { child, ended } = run(folder, ["npm", "start"], path);
    await until(() => text(folder, "pid") !== "");
    child.kill("SIGTERM");
    expect(await ended).not.toBe(0);
    await until(() => !isAlive(Number(text(folder, "pid"))));
    expect(existsSync(join(folder, "node_modules/.cache/tributary/installed"))).toBe(false);
  });
});

describe("any command", () => {
  const command = ["sh", "scripts/with-node.sh", "-p", "1 + 1"] as const;

  it("installs once, and again when the lock file has changed", async () => {
    const folder = plantRepository();
    const path = [plantNpx(folder, putNode), ...outside];
    const runs = async () => expect(await run(folder, command, path).ended).toBe(0);
    await runs();
    await runs();
    expect(text(folder, "installs")).toBe("installed\n");
    writeFiles(folder, { "pnpm-lock.yaml": "changed" });
    await runs();
    expect(text(folder, "installs")).toBe("installed\n".repeat(2));
  });

  it("is safe beside another that installs", async () => {
    const folder = plantRepository();
    const busy = "mkdir busy || { echo at the same time; exit 1; }; sleep 0.3; rmdir busy";
    const path = [plantNpx(folder, `${busy}; ${putNode}`), ...outside];
    const both = [run(folder, command, path), run(folder, command, path)];
    expect(await Promise.all(both.map(({ ended }) => ended))).toEqual([0, 0]);
  });

  it.each([
    ["no network", "echo request failed, reason: getaddrinfo ENOTFOUND >&2; exit 1", "could not be reached"],
    ["a full disk", "echo ENOSPC: no space left on device >&2; exit 1", "The disk is full"],
    ["a folder of somebody else's", "echo EACCES: permission denied >&2; exit 1", "could not be written"],
    ["anything else", "echo that reason >&2; exit 1", "that reason"],
  ])("says what to do with %s, and tries again the next time", async (_, code, said) => {
    const folder = plantRepository();
    const path = [plantNpx(folder, code), ...outside];
    for (const time of [1, 2]) {
      const { output, ended } = run(folder, command, path);
      expect(await ended).toBe(1);
      expect(output()).toContain(said);
      expect(text(folder, "installs")).toBe("installed\n".repeat(time));
    }
  });

  it.each([
    ["git", "git was not found. Install git"],
    ["python3", "python3 was not found. Install Python 3"],
    ["npx", "npx was not found. Install npm"],
    ["node", "node was not found. Install Node 20"],
  ])("says what to do without %s", async (missing, said) => {
    const folder = plantRepository();
    const bin = join(folder, "only");
    mkdirSync(bin);
    const needed = [
      "sh",
      "dirname",
      "cat",
      "uname",
      "tr",
      "grep",
      "paste",
      "mkdir",
      "rm",
      "git",
      "python3",
      "npx",
      "node",
    ];
    for (const name of needed.filter((name) => name !== missing)) {
      const from = outside.map((place) => join(place, name)).find((file) => existsSync(file));
      if (from) symlinkSync(from, join(bin, name));
    }
    const { output, ended } = run(folder, command, [bin]);
    expect(await ended).toBe(1);
    expect(output()).toContain(said);
  });

  it("says what to do with a Node that is too old", async () => {
    const folder = plantRepository();
    const bin = plantNpx(folder, putNode);
    writeFiles(bin, { node: "#!/bin/sh\necho v18.19.0\n" });
    chmodSync(join(bin, "node"), 0o755);
    const { output, ended } = run(folder, command, [bin, ...outside]);
    expect(await ended).toBe(1);
    expect(output()).toContain("Node v18.19.0 is too old. Install Node 20 or newer.");
  });

  it("says what to do on a system that the pinned Node is not made for", async () => {
    const folder = plantRepository();
    const broken =
      "mkdir -p node_modules/.bin; printf '#!/no/such/system\\n' >node_modules/.bin/node; chmod +x node_modules/.bin/node";
    const bin = plantNpx(folder, broken);
    writeFiles(bin, { node: "#!/bin/sh\necho v22.1.0\n" });
    chmodSync(join(bin, "node"), 0o755);
    const { output, ended } = run(folder, command, [bin, ...outside]);
    expect(await ended).toBe(1);
    expect(output()).toContain("Install Node 24 or newer.");
  });
});
