import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { z } from "zod";

const name = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/,
    "must be letters, digits and . _ -, 63 at most, and begin with a letter or digit",
  );
const slots = z.number().int().min(1).max(10_000);
const absolute = z.string().regex(/^\//, "must be an absolute path");
const memory = z.string().regex(/^\d+(\.\d+)?(Mi|Gi|Ti)$/, "must be a size such as 512Mi or 4Gi");
const word = z.string().regex(/^[^\s-][^\s]*$/, "must be one word that does not begin with -");

const uniquely = <T extends { readonly name: string }>(list: readonly T[]) =>
  new Set(list.map((one) => one.name)).size === list.length;
const twice = "has a name twice";

const local = z.strictObject({
  flavors: z
    .array(
      z.strictObject({
        name,
        slots: slots.optional(),
        cpu: z
          .union([z.number().positive(), z.string().regex(/^\d+(\.\d+)?m?$/, "must be a number such as 2 or 500m")])
          .transform(String)
          .optional(),
        memory: memory.optional(),
      }),
    )
    .min(1)
    .refine(uniquely, twice),
});

const slurm = z.strictObject({
  flavors: z
    .array(
      z.strictObject({
        name,
        partition: word.optional(),
        cpus: z.number().int().min(1).max(100_000).default(1),
        memory: memory.transform(toMebibytes).optional(),
        gpus: z.number().int().min(1).max(1_000).optional(),
        time: word.optional(),
        slots: slots.optional(),
        options: z.array(z.string().regex(/^--?\w/, "must be an option of sbatch, such as --account=lab")).default([]),
      }),
    )
    .min(1)
    .refine(uniquely, twice),
  regions: z
    .array(z.strictObject({ name, configuration: absolute.optional(), cluster: word.optional() }))
    .min(1)
    .refine(uniquely, twice)
    .default([{ name: "default" }]),
  command: z.array(z.string().min(1)).min(1).optional(),
  folder: absolute.default("/tmp/tributary"),
  logs: absolute.optional(),
  ca: absolute.optional(),
  server: z.url({ protocol: /^https?$/ }).optional(),
  look_seconds: z.number().min(0.2).max(3_600).default(5),
});

const schema = z.strictObject({ local: local.optional(), slurm: slurm.optional() });

/** What `TRIBUTARY_PROVIDERS` says. */
export type ProvidersConfig = z.output<typeof schema>;

/**
 * Reads the file, YAML or JSON, that describes flavors and regions, or such a text itself.
 *
 * @throws Error whose message has a line for each place that cannot be used
 */
export function readProviders(given: string | undefined, fileOf: (path: string) => string): ProvidersConfig {
  if (given === undefined) return {};
  const isText = /^\s*\{/.test(given);
  const file = fileOf(given);
  const parsed = schema.safeParse(parseText(isText ? given : readText(file), isText ? "the text" : file) ?? {});
  if (parsed.success) return parsed.data;
  throw new Error(parsed.error.issues.map(({ path, message }) => `${placeOf(path)}  ${message}`).join("\n"));
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new Error(`${file} cannot be read: ${error instanceof Error ? error.message : error}`);
  }
}

function parseText(text: string, what: string): unknown {
  try {
    return parse(text);
  } catch (error) {
    throw new Error(
      `${what} is neither YAML nor JSON: ${error instanceof Error ? error.message.split("\n")[0] : error}`,
    );
  }
}

function placeOf(path: readonly PropertyKey[]): string {
  return (
    path
      .reduce<string>((text, part) => (typeof part === "number" ? `${text}[${part}]` : `${text}.${String(part)}`), "")
      .slice(1) || "all of it"
  );
}

function toMebibytes(text: string): number {
  const factor = { Mi: 1, Gi: 1024, Ti: 1024 ** 2 }[text.slice(-2)] ?? 1;
  return Math.max(1, Math.floor(Number.parseFloat(text) * factor));
}
