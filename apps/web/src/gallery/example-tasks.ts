import type { State } from "#ui/state-glyph.tsx";

export interface ExampleTask {
  readonly id: string;
  readonly state: State;
  readonly name: string;
  readonly why: string;
  readonly project: string;
  readonly api: string;
  readonly updated: number;
  readonly ms: number;
  readonly usual: number;
  readonly worker: string;
  readonly attempt: number;
}

const kinds: readonly (readonly [State, string, string, string, string])[] = [
  ["waiting", "train-quantile", "needs 2 × A100 on one machine, none has two free", "demand-forecast", "AME"],
  ["waiting", "price-batch / aggregate", "3 of 512 inputs outstanding", "risk-grid", "ArmoniK"],
  [
    "queued",
    "gatk HaplotypeCaller -R hg38.fa -I /data/NA12878.bam",
    "14th in line, about 6 min",
    "seqflow",
    "TaskQueue",
  ],
  ["failed", "train-lgbm", "exit 1: ValueError, price_lag_28 holds 1,204 NaN", "demand-forecast", "AME"],
  ["timed-out", "validate-model", "reached its limit of 30 min", "churn", "AME"],
  ["running", "forecast.wf.train_fold[98]", "", "demand-forecast", "Flyte"],
  ["running", "price-batch / path-block 0411", "", "risk-grid", "ArmoniK"],
  ["succeeded", "job 7f2c3e · tile-mosaic z11", "", "tiles", "Agent"],
  ["cancelled", "docs-embed.embed", "by mk, “wrong model tag”", "docs-embed", "AME"],
  ["paused", "backfill-2024", "by ana until 18:00, “let the GPUs breathe”", "demand-forecast", "AME"],
];

/** Made-up tasks of every state. */
export function exampleTasks(count: number): readonly ExampleTask[] {
  const now = Date.now();
  return Array.from({ length: count }, (_, index) => {
    const [state, name, why, project, api] = kinds[index % kinds.length] ?? kinds[0]!;
    const ended = state !== "waiting" && state !== "queued";
    return {
      id: String(index),
      state,
      name,
      why,
      project,
      api,
      updated: now - 3000 - index * 9000,
      ms: ended ? 17_000 + ((index * 7919) % 4_000_000) : 0,
      usual: 1_800_000,
      worker: ended ? `gpu-a-0${index % 8}` : "",
      attempt: 1 + (index % 3),
    };
  });
}
