import { runProgram } from "../python/run-program.ts";

/** One graphics processor, and how busy it is. */
export interface Gpu {
  /** `GPU-…`, the same after a restart of the machine. */
  readonly id: string;
  readonly name: string;
  readonly memoryBytes: number;
  readonly memoryBytesUsed: number;
  /** Of the last moments, 0 to 100. */
  readonly percentUsed: number;
}

const FIELDS = "uuid,name,memory.total,memory.used,utilization.gpu";
const QUERY_MS = 10_000;
const MEBIBYTE = 2 ** 20;

/** Asks NVIDIA's driver; none where there is no `nvidia-smi` on the PATH, or it fails. */
export async function readGpus(): Promise<readonly Gpu[]> {
  const args = [`--query-gpu=${FIELDS}`, "--format=csv,noheader,nounits"];
  const { code, output } = await runProgram("nvidia-smi", args, { env: process.env, timeoutMs: QUERY_MS });
  return code === 0 ? output.split("\n").flatMap(toGpu) : [];
}

/** Numbers that a device does not tell are `[N/A]`. */
function toGpu(line: string): Gpu[] {
  const [id = "", name = "", ...numbers] = line.split(",").map((part) => part.trim());
  if (id === "" || numbers.length !== 3) return [];
  const [total = 0, used = 0, percentUsed = 0] = numbers.map((text) => Number.parseInt(text, 10) || 0);
  return [{ id, name, memoryBytes: total * MEBIBYTE, memoryBytesUsed: used * MEBIBYTE, percentUsed }];
}
