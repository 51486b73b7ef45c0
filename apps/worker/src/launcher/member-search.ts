import { listProcesses, type Process, readCookie, readGroup } from "./processes.ts";

/** The main process of an attempt, which may have ended. */
export interface MainProcess {
  readonly id: string;
  readonly pid: number;
  readonly startTime: number;
  /** Folders of its control groups. */
  readonly groups?: readonly string[] | undefined;
}

/**
 * Finds all living processes of attempts, wherever they went: those whose environment names the attempt, those in the
 * session of its main process or in its control groups, and the descendants of all these. Without /proc none is found.
 *
 * A number alone proves nothing, since it may have been given out again (after a reboot even with a similar start
 * time). So a session counts only while its leader is the attempt's, or while a member's environment names the attempt.
 */
export class MemberSearch {
  readonly #attempts: readonly MainProcess[];
  readonly #scope: string;
  /** What was found once is known for good: its parent or its session may be gone when it is looked for again. */
  #known: readonly Process[] = [];
  readonly #owners = new Map<number, string>();

  /** `scope` is the mark of the folder whose launcher started the attempts. */
  constructor(attempts: readonly MainProcess[], scope: string) {
    this.#attempts = attempts;
    this.#scope = scope;
  }

  async find(): Promise<readonly Process[]> {
    const processes = await listProcesses();
    this.#forgetGone(processes);
    for (const { pid } of processes) {
      const cookie = readCookie(pid);
      if (cookie?.scope !== this.#scope) continue;
      if (this.#attempts.some(({ id }) => id === cookie.id)) this.#owners.set(pid, cookie.id);
    }
    this.#addSessions(processes);
    this.#addGroups(processes);
    this.#addDescendants(processes);
    this.#known = processes.filter(({ pid }) => this.#owners.has(pid));
    return this.#known;
  }

  #forgetGone(processes: readonly Process[]): void {
    const startTimes = new Map(processes.map(({ pid, startTime }) => [pid, startTime]));
    for (const { pid, startTime } of this.#known) if (startTimes.get(pid) !== startTime) this.#owners.delete(pid);
  }

  #addSessions(processes: readonly Process[]): void {
    const sessions = Map.groupBy(processes, ({ session }) => session);
    for (const { id, pid, startTime } of this.#attempts) {
      const session = sessions.get(pid) ?? [];
      const leader = session.find((process) => process.pid === pid);
      const named = session.some((process) => this.#owners.get(process.pid) === id);
      const proven = leader ? leader.startTime === startTime : named;
      for (const process of proven ? session : []) this.#owners.set(process.pid, id);
    }
  }

  #addGroups(processes: readonly Process[]): void {
    const living = new Set(processes.map(({ pid }) => pid));
    for (const { id, groups = [] } of this.#attempts) {
      for (const pid of groups.flatMap(readGroup)) if (living.has(pid)) this.#owners.set(pid, id);
    }
  }

  #addDescendants(processes: readonly Process[]): void {
    const children = Map.groupBy(processes, ({ parent }) => parent);
    const waiting = [...this.#owners.keys()];
    for (let pid = waiting.pop(); pid !== undefined; pid = waiting.pop()) {
      for (const child of children.get(pid) ?? []) {
        if (this.#owners.has(child.pid)) continue;
        this.#owners.set(child.pid, this.#owners.get(pid) ?? "");
        waiting.push(child.pid);
      }
    }
  }
}
