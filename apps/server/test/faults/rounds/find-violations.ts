import type { Acknowledged } from "./acknowledgements.ts";
import type { AttemptFact, Evidence, StoreFacts, TaskFact } from "./evidence.ts";

const terminal = new Set(["succeeded", "failed", "cancelled"]);
/** Between the death of a launcher and its attempts' being ended as lost, in milliseconds. */
const slack = 5_000;

/** What must hold at any moment: every acknowledged write is there, and the file is sound. */
export function findLosses(store: StoreFacts, acknowledged: readonly Acknowledged[]): string[] {
  const byId = new Map(store.tasks.map((task) => [task.id, task]));
  const byName = new Map(store.tasks.map((task) => [task.name, task]));
  const attempts = new Map(store.attempts.map((attempt) => [`${attempt.task}-${attempt.number}`, attempt]));
  const found = store.integrity === "ok" ? [] : [`the database is damaged: ${store.integrity}`];
  for (const one of acknowledged) {
    const task = typeof one.task === "number" ? byId.get(one.task) : byName.get(one.task);
    if (!task) found.push(`task ${one.task} was acknowledged (${one.is}) and is not there`);
    else if (one.is === "submitted" && task.key !== one.key) found.push(`task ${task.id} is not ${one.key}`);
    else if (one.is === "cancelled") found.push(...cancelLost(one, task));
    else if (one.is === "reported" && attempts.get(`${one.task}-${one.attempt}`)?.exitCode !== one.exit)
      found.push(`the end of attempt ${one.task}-${one.attempt} was acknowledged and is not kept`);
  }
  return found;
}

function cancelLost(one: Extract<Acknowledged, { is: "cancelled" }>, task: TaskFact): string[] {
  if (one.state === "CANCELLED" && task.state !== "cancelled")
    return [`task ${task.id} was cancelled and is ${task.state}`];
  if (!terminal.has(task.state) && task.state !== "cancelling")
    return [`the end of task ${task.id} was asked for, and it is ${task.state}`];
  return task.attempt > one.attempt ? [`task ${task.id} was tried again after its end was asked for`] : [];
}

/** What must hold when nothing is under way any more. */
export function findViolations(evidence: Evidence): string[] {
  const { tasks, attempts, ledger } = evidence;
  const lines = Map.groupBy(ledger, ({ key }) => key);
  const tries = Map.groupBy(attempts, ({ task }) => task);
  const keys = Map.groupBy(tasks, ({ key }) => key);
  return [
    ...findLosses(evidence, evidence.acknowledged),
    ...[...keys].flatMap(([key, same]) => (same.length > 1 ? [`${key} became ${same.length} tasks`] : [])),
    ...[...lines.keys()].flatMap((key) => (keys.has(key) ? [] : [`${key} ran and is not there`])),
    ...tasks.flatMap((task) => [
      ...endedOnce(task, evidence),
      ...triedAgainOnlyWhenLost(task, tries.get(task.id) ?? [], evidence),
      ...ranAlone(task, lines.get(task.key) ?? []),
      ...agrees(task, tries.get(task.id)?.at(-1), lines.get(task.key) ?? []),
      ...logIsWhole(task, tries.get(task.id)?.at(-1), evidence.logs.get(task.id) ?? []),
    ]),
  ];
}

function endedOnce({ id, state }: TaskFact, { ends }: Evidence): string[] {
  if (!terminal.has(state)) return [`task ${id} has not ended, it is ${state}`];
  return ends.get(id) === 1 ? [] : [`task ${id} ended ${ends.get(id) ?? 0} times`];
}

function triedAgainOnlyWhenLost(task: TaskFact, tries: readonly AttemptFact[], { kills }: Evidence): string[] {
  return tries.flatMap(({ number, outcome, reason, worker, assignedAt, endedAt }) => {
    if (number < tries.length && outcome !== "lost")
      return [`task ${task.id} was tried again after attempt ${number} ended as ${outcome}`];
    if (outcome !== "lost") return [];
    const why = `attempt ${task.id}-${number} of ${worker} was lost (${reason})`;
    if (reason !== "launcher-lost") return [`${why}, though its launcher tells of all others`];
    const killed = kills.some(
      ({ victim, from, until }) => victim === "launcher" && until + slack > assignedAt && from < (endedAt ?? 0),
    );
    return killed ? [] : [`${why}, and no launcher was killed`];
  });
}

/** Begun once an attempt; and what was given up writes nothing more once the next one has begun. */
function ranAlone({ id }: TaskFact, lines: Evidence["ledger"]): string[] {
  const found: string[] = [];
  let last = 0;
  for (const { is, attempt } of lines) {
    if (is === "start" && attempt <= last) found.push(`attempt ${id}-${attempt} began after attempt ${last} had`);
    if (is === "end" && attempt !== last) found.push(`attempt ${id}-${attempt} went on while attempt ${last} ran`);
    last = Math.max(last, attempt);
  }
  // One whose launcher was killed may come to its end with nobody there to see it.
  const done = lines.filter(({ is }) => is === "end").map(({ attempt }) => attempt);
  if (new Set(done).size < done.length) found.push(`an attempt of task ${id} was done twice`);
  return found;
}

/** What the store says of the end is what the task did. */
function agrees(task: TaskFact, last: AttemptFact | undefined, lines: Evidence["ledger"]): string[] {
  const isDone = lines.some(({ is, attempt }) => is === "end" && attempt === task.attempt);
  if (task.state === "succeeded" && !isDone) return [`task ${task.id} succeeded without having been done`];
  const exit = last?.exitCode ?? null;
  if (last?.outcome === "failed" && !isDone) return [`task ${task.id} failed (${last.reason}) before it was done`];
  if (isDone && exit === null && last?.outcome !== "cancelled" && last?.outcome !== "lost")
    return [`task ${task.id} was done, and its end is ${last?.outcome}`];
  if (task.state === "succeeded" && exit !== 0) return [`task ${task.id} succeeded with exit code ${exit}`];
  return [];
}

/** Every line once and in order; all of them when the attempt came to its end. */
function logIsWhole(task: TaskFact, last: AttemptFact | undefined, lines: readonly string[]): string[] {
  const isComplete = last?.outcome === "succeeded" || last?.outcome === "failed";
  const expected = Array.from(
    { length: isComplete ? task.lines : lines.length },
    (_, n) => `${task.key} line ${n + 1}`,
  );
  const [have, want] = [lines.join("\n"), expected.join("\n")];
  return have === want ? [] : [`the log of task ${task.id} has ${lines.length} lines:\n${have}\ninstead of\n${want}`];
}
