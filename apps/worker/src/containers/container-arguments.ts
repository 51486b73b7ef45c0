import type { Variables } from "../environment-variables.ts";
import type { Limits } from "../limits.ts";
import { type Engine, isForEngine } from "./find-engine.ts";

/** What a container is made from. */
export interface ContainerWish {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly image: string;
  readonly argv: readonly string[];
  /** Absolute path of the folder that becomes the working directory. */
  readonly work: string;
  readonly variables: Variables;
  readonly limits: Limits;
  /** Thousandths of a processor; 0 means any. */
  readonly cpuMillis: number;
  /** Ids of the GPUs that it is given. */
  readonly gpus: readonly string[];
}

/** The working directory as the container sees it. */
export const CONTAINER_WORK = "/task";

/** Arguments of `create`, image and command last. */
export function containerArguments(engine: Engine, wish: ContainerWish): readonly string[] {
  const { memoryBytes, pids } = wish.limits;
  return [
    ...["--name", wish.name],
    ...Object.entries(wish.labels).flatMap(([label, value]) => ["--label", `${label}=${value}`]),
    // The image is fetched beforehand, and what runs writes to pipes: no byte of it is to stay with the engine.
    ...["--pull=never", "--log-driver=none", "--security-opt=no-new-privileges"],
    ...["--mount", `type=bind,${quoted(`source=${wish.work}`)},destination=${CONTAINER_WORK}`],
    ...["--workdir", CONTAINER_WORK],
    ...(engine.hasInit ? ["--init"] : []),
    ...userOf(engine),
    ...(memoryBytes === undefined ? [] : ["--memory", String(memoryBytes), "--memory-swap", String(memoryBytes)]),
    ...(pids === undefined ? [] : ["--pids-limit", String(pids)]),
    ...(wish.cpuMillis > 0 ? ["--cpus", String(wish.cpuMillis / 1000)] : []),
    ...gpuOptions(engine, wish.gpus),
    ...engine.containerOptions,
    ...["--env-file", "/dev/stdin"],
    ...heldBack(wish.variables).flatMap((name) => ["--env", name]),
    ...["--", wish.image, ...wish.argv],
  ];
}

/** A worker that is not root could not remove what another user writes into its folder. */
function userOf({ kind }: Engine): readonly string[] {
  const [uid, gid] = [process.getuid?.() ?? 0, process.getgid?.() ?? 0];
  if (uid === 0) return [];
  // Without root, podman's root is the user that started it.
  return ["--user", kind === "podman" ? "0:0" : `${uid}:${gid}`];
}

/**
 * What puts GPUs into a container. Whoever gives them to all containers by options of their own is not interfered with.
 *
 * Source: docker reads its value as a line of CSV; podman knows devices by the names of the Container Device Interface.
 */
function gpuOptions({ kind, containerOptions }: Engine, ids: readonly string[]): readonly string[] {
  if (ids.length === 0 || containerOptions.some((option) => /^--gpus\b|nvidia\.com\/gpu/.test(option))) return [];
  if (kind === "docker") return ["--gpus", quoted(`device=${ids.join(",")}`)];
  return ids.flatMap((id) => ["--device", `${GPU_KIND}=${id}`]);
}

const GPU_KIND = "nvidia.com/gpu";

/** A field of a comma-separated list, whatever the path has in it. */
function quoted(field: string): string {
  return `"${field.replaceAll('"', '""')}"`;
}

/** Engines read lines of at most 64 KiB. */
const LONGEST_LINE = 32_768;

/** Lines for `--env-file`: all variables that fit a line. */
export function variableLines(variables: Variables): string {
  const lines = Object.entries(variables).filter(([, value]) => fitsLine(value));
  return lines.map(([name, value]) => `${name}=${value}\n`).join("");
}

/** Those that do not: their values go by the environment of the engine's client. */
export function heldBack(variables: Variables): readonly string[] {
  return Object.entries(variables).flatMap(([name, value]) => (fitsLine(value) ? [] : [name]));
}

/** The first variable that can go neither way, as the engine's client would take it for its own. */
export function unsayable(variables: Variables): string | undefined {
  return heldBack(variables).find(isForEngine);
}

function fitsLine(value: string): boolean {
  return value.length < LONGEST_LINE && !/[\n\r]/.test(value);
}
