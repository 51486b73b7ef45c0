import { execFileSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import { readCookie, readGroup, readText } from "../launcher/processes.ts";

/** An attempt whose process was started. */
export interface UsageTarget {
  /** What the launcher calls it. */
  readonly id: string;
  readonly pid: number;
  /** Folders of its control groups. */
  readonly groups?: readonly string[] | undefined;
}

/** What all processes of an attempt take together. */
export interface Reading {
  /** Milliseconds of processors since the start, of those that are there and the children that they waited for. */
  readonly cpuMs: number;
  /** Bytes. Without a control group what processes share counts for each of them. */
  readonly memory: number;
  /** Processes and threads. */
  readonly tasks: number;
  readonly processes: number;
}

interface Stat {
  readonly pid: number;
  readonly parent: number;
  readonly session: number;
  readonly ticks: number;
  readonly threads: number;
  readonly startTime: number;
  readonly pages: number;
}

const TICK_MS = 10;
/** Processes that are read in one turn of the loop. */
const TURN = 64;

/** Reads what attempts take, all of them in one pass over the processes of the machine. Linux only: nothing elsewhere. */
export class UsageReader {
  readonly #scope: string;
  /** By process number and start time: the environment of a process that was looked at does not change. */
  #owners = new Map<string, string | undefined>();

  /** @param scope - the mark of the launcher's folder */
  constructor(scope: string) {
    this.#scope = scope;
  }

  /** By id; without those of which no process lives. */
  async read(targets: readonly UsageTarget[]): Promise<ReadonlyMap<string, Reading>> {
    const members = new Map<string, Stat[]>();
    const loose = targets.filter(({ groups = [] }) => groups.length === 0);
    for (const { id, groups = [] } of targets) {
      const stats = await readStats([...new Set(groups.flatMap(readGroup))]);
      if (stats.length > 0) members.set(id, stats);
    }
    if (loose.length > 0) for (const [id, stats] of await this.#find(loose)) members.set(id, stats);
    const readings = targets.flatMap(({ id, groups = [] }): [string, Reading][] => {
      const stats = members.get(id);
      return stats ? [[id, sumOf(stats, groups)]] : [];
    });
    return new Map(readings);
  }

  /** The processes of attempts without control groups: by session, by environment, by a parent of theirs. */
  async #find(targets: readonly UsageTarget[]): Promise<ReadonlyMap<string, Stat[]>> {
    const stats = await readStats(listPids());
    const sessions = new Map(targets.map(({ id, pid }) => [pid, id]));
    const ids = new Set(targets.map(({ id }) => id));
    const owners = new Map<number, string>();
    const seen = new Map<string, string | undefined>();
    for (const stat of stats) {
      const id = sessions.get(stat.session) ?? this.#ownerOf(stat, seen) ?? owners.get(stat.parent);
      if (id !== undefined && ids.has(id)) owners.set(stat.pid, id);
    }
    this.#owners = seen;
    const owned = stats.filter(({ pid }) => owners.has(pid));
    return Map.groupBy(owned, ({ pid }) => owners.get(pid) ?? "");
  }

  #ownerOf({ pid, startTime }: Stat, seen: Map<string, string | undefined>): string | undefined {
    const name = `${pid} ${startTime}`;
    const known = this.#owners.has(name);
    const cookie = known ? undefined : readCookie(pid);
    const owner = known ? this.#owners.get(name) : cookie?.scope === this.#scope ? cookie.id : undefined;
    seen.set(name, owner);
    return owner;
  }
}

function listPids(): number[] {
  if (!existsSync("/proc/self/stat")) return [];
  // Parents mostly have lower numbers than their children.
  const names = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return names.map(Number).sort((a, b) => a - b);
}

async function readStats(pids: readonly number[]): Promise<Stat[]> {
  const stats: Stat[] = [];
  for (const [index, pid] of pids.entries()) {
    if (index % TURN === TURN - 1) await turn();
    const stat = readStat(pid);
    if (stat) stats.push(stat);
  }
  return stats;
}

function readStat(pid: number): Stat | undefined {
  const line = readText(`/proc/${pid}/stat`);
  const fields = line?.slice(line.lastIndexOf(")") + 2).split(" ");
  // One that ended and that nobody has asked for its status takes nothing.
  if (fields === undefined || fields.length < 22 || fields[0] === "Z" || fields[0] === "X") return undefined;
  const at = (index: number) => Number(fields[index]);
  const ticks = at(11) + at(12) + at(13) + at(14);
  return {
    pid,
    parent: at(1),
    session: at(3),
    ticks,
    threads: at(17),
    startTime: at(19),
    pages: Math.max(0, at(21)),
  };
}

function sumOf(stats: readonly Stat[], groups: readonly string[]): Reading {
  const sum = (of: (stat: Stat) => number) => stats.reduce((total, stat) => total + of(stat), 0);
  return {
    cpuMs: readGroupCpu(groups) ?? sum(({ ticks }) => ticks) * TICK_MS,
    memory: readGroupMemory(groups) ?? sum(({ pages }) => pages) * pageSize(),
    tasks: sum(({ threads }) => Math.max(1, threads)),
    processes: stats.length,
  };
}

/** All that the processes of a group of version 2 ever took, those that are gone too. */
function readGroupCpu(groups: readonly string[]): number | undefined {
  const micros = groups.map((group) => readNumber(join(group, "cpu.stat"), ["usage_usec"])).find((one) => one >= 0);
  return micros === undefined ? undefined : Math.round(micros / 1000);
}

/** Without files in the page cache, which the kernel gives up before anything else. */
function readGroupMemory(groups: readonly string[]): number | undefined {
  const fields = { v1: ["total_rss", "total_shmem"], v2: ["anon", "shmem"] };
  for (const group of groups) {
    const path = join(group, "memory.stat");
    const found = [readNumber(path, fields.v1), readNumber(path, fields.v2)].find((one) => one >= 0);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The sum of the numbers behind these names in a file of lines `name number`; -1 when the first is not there. */
function readNumber(path: string, names: readonly string[]): number {
  const text = readText(path) ?? "";
  const values = names.map((name) => new RegExp(`^${name} (\\d+)$`, "m").exec(text)?.[1]);
  return values[0] === undefined ? -1 : values.reduce((sum, value) => sum + Number(value ?? 0), 0);
}

let knownPageSize: number | undefined;

function pageSize(): number {
  try {
    knownPageSize ??= Number(execFileSync("getconf", ["PAGESIZE"], { encoding: "utf8" })) || 4096;
  } catch {
    knownPageSize = 4096;
  }
  return knownPageSize;
}
