import { AttemptOutcome, TaskState } from "@tributary/proto/tributary/v1/tasks_pb";
import { seededRandom } from "../rounds/seeded-random.ts";
import { NetworkStage } from "./network-stage.ts";
import { passSpell, planWeather, type Spell } from "./plan-weather.ts";

export interface WeatherLimits {
  readonly seed: number;
  readonly minutes: number;
  readonly rounds?: number;
  readonly say: (text: string) => void;
}

export interface PlayedWeather {
  readonly rounds: number;
  readonly tasks: number;
  /** Of these, done by the worker behind the link. */
  readonly far: number;
  readonly spells: Readonly<Record<string, number>>;
  readonly violations: readonly string[];
}

const linesOfTask = 60;
const tasksOfRound = 8;

/** Lets a network fail while tasks run at its far end, round after round, and looks whether each ended once and told all. */
export async function playWeather({ seed, minutes, rounds, say }: WeatherLimits): Promise<PlayedWeather> {
  const random = seededRandom(seed);
  const stage = await NetworkStage.open();
  const spells: Record<string, number> = {};
  const violations: string[] = [];
  const begun = performance.now();
  let [played, tasks, far] = [0, 0, 0];
  try {
    while (violations.length === 0 && played < (rounds ?? Number.POSITIVE_INFINITY)) {
      if (performance.now() - begun > minutes * 60_000) break;
      const plan = planWeather(random, 5);
      for (const { fault } of plan) spells[fault] = (spells[fault] ?? 0) + 1;
      const round = await playRound(stage, plan);
      violations.push(...round.violations);
      [played, tasks, far] = [played + 1, tasks + tasksOfRound, far + round.far];
      say(`weather ${played}: ${plan.map(({ fault }) => fault).join(", ")}; ${violations.length || "no"} violations`);
    }
    if (violations.length > 0) say(stage.far.said);
    return { rounds: played, tasks, far, spells, violations };
  } finally {
    await stage.close();
  }
}

async function playRound(stage: NetworkStage, plan: readonly Spell[]) {
  const counting = `echo $TRIBUTARY_TASK_ID >> ${stage.ledger}; for i in $(seq ${linesOfTask}); do echo line $i; sleep 0.05; done`;
  const ids: number[] = [];
  for (let n = 0; n < tasksOfRound; n++) ids.push(await stage.submit(counting));
  for (const spell of plan) await passSpell(stage.link, spell);
  const farId = await stage.farId();
  const violations: string[] = [];
  let far = 0;
  for (const id of ids) {
    const { attempts } = await stage.whenEnded(id);
    if (attempts.some(({ workerId }) => workerId === farId)) far++;
    violations.push(...(await findFaults(stage, id)));
  }
  return { violations, far };
}

async function findFaults(stage: NetworkStage, id: number): Promise<readonly string[]> {
  const { task, attempts } = await stage.read(id);
  const wrong: string[] = [];
  if (task?.state !== TaskState.SUCCEEDED) wrong.push(`task ${id} is ${TaskState[task?.state ?? 0]}`);
  const outcomes = attempts.map(({ outcome }) => AttemptOutcome[outcome]).join(", ");
  if (attempts.length !== 1) wrong.push(`task ${id} had ${attempts.length} attempts: ${outcomes}`);
  const times = (await stage.begun()).filter((line) => line === String(id)).length;
  if (times !== 1) wrong.push(`task ${id} was begun ${times} times`);
  const lines = await stage.lines(id);
  const expected = Array.from({ length: linesOfTask }, (_, index) => `line ${index + 1}`);
  if (lines.join() !== expected.join()) wrong.push(`task ${id} has the log ${lines.join(", ")}`);
  return wrong;
}
