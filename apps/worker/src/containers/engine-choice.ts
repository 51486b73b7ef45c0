import { UsageError } from "../option-values.ts";

/** What the command line says of containers. */
export interface EngineChoice {
  readonly wanted: "auto" | "podman" | "docker" | "off";
  readonly engineOptions: readonly string[];
  readonly containerOptions: readonly string[];
}

type Option = "engine-options" | "container-options";

/** @throws UsageError */
export function readEngineChoice(
  values: { readonly containers?: string } & { readonly [K in Option]?: string },
): EngineChoice {
  const { containers: text = "auto" } = values;
  const wanted = (["auto", "podman", "docker", "off"] as const).find((one) => one === text);
  if (!wanted) throw new UsageError(`--containers: "${text}" is not auto, podman, docker or off`);
  const list = (option: Option) => readList(values[option] ?? "", option);
  return { wanted, engineOptions: list("engine-options"), containerOptions: list("container-options") };
}

function readList(text: string, option: Option): readonly string[] {
  const words = text.split(/\s+/).filter((word) => word !== "");
  // It would give whoever may submit a task this machine.
  const privileged = words.find((word) => /^--?privileged\b/.test(word));
  if (privileged) throw new UsageError(`--${option}: ${privileged} is refused; give the one right that is needed`);
  return words;
}
