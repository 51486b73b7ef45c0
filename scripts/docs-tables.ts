import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { accessTable } from "../apps/server/src/access-table.ts";
import { listRpcs, type Rpc } from "./docs-tables/list-rpcs.ts";
import { markdownTable, replaceMarkedPart } from "./docs-tables/marked-part.ts";
import { type Served, servedBy } from "./docs-tables/served-by.ts";
import { shownBy } from "./docs-tables/shown-by.ts";
import { root } from "./root.ts";

/** In the order of README's table, each with its name there and its folders of generated code. */
const dialects = [
  { dialect: "tributary", title: "Tributary's own", generated: ["tributary"] },
  { dialect: "ame", title: "AME", generated: ["ame"] },
  { dialect: "flyte", title: "Flyte", generated: ["flyteidl/service"] },
  { dialect: "taskqueue", title: "TaskQueue", generated: ["taskqueue", "scitq"] },
  { dialect: "armonik", title: "ArmoniK", generated: ["armonik"] },
  { dialect: "agent", title: "Agent", generated: ["agent"] },
];

interface Row extends Rpc {
  readonly served: Served;
  /** Paths of tests. */
  readonly shown: readonly string[];
}

/** A page and what is wrong with it. */
interface Outcome {
  readonly path: string;
  readonly stale: boolean;
  readonly faults: readonly string[];
}

/**
 * Writes the tables of `docs/apis/` and of README, from descriptors, façades and tests.
 *
 * @param write - false only tells which pages are stale
 */
async function renewTables(write: boolean): Promise<Outcome[]> {
  const shown = shownBy(root);
  const outcomes: Outcome[] = [];
  const counts: string[][] = [];
  for (const { dialect, title, generated } of dialects) {
    const served = await servedBy(root, dialect);
    const rpcs = (await Promise.all(generated.map((folder) => listRpcs(join(root, "proto/gen", folder))))).flat();
    const rows = rpcs.map((rpc) => ({ ...rpc, served: served(rpc), shown: shown(rpc.fullName) }));
    const page = `docs/apis/${dialect}.md`;
    const stale = renewPage(page, "rpcs", tablesOf(rows), write);
    outcomes.push({ ...stale, faults: [...stale.faults, ...rows.flatMap(faultsOf)] });
    const answered = rows.filter(({ served: { whyNot } }) => whyNot === undefined).length;
    counts.push([`[${title}](${page})`, String(answered), String(rows.length)]);
  }
  return [...outcomes, renewPage("README.md", "apis", markdownTable(["API", "RPCs served", "of"], counts), write)];
}

function renewPage(path: string, part: string, content: string, write: boolean): Outcome {
  const file = join(root, path);
  if (!existsSync(file)) return { path, stale: false, faults: ["is missing"] };
  try {
    const before = readFileSync(file, "utf8");
    const after = replaceMarkedPart(before, part, content);
    if (write && after !== before) writeFileSync(file, after);
    return { path, stale: after !== before, faults: [] };
  } catch (error) {
    return { path, stale: false, faults: [error instanceof Error ? error.message : String(error)] };
  }
}

function tablesOf(rows: readonly Row[]): string {
  const services = [...Map.groupBy(rows, ({ service }) => service)];
  const table = (ofService: readonly Row[]) =>
    markdownTable(
      ["RPC", "kind", "needs", "served by", "shown by"],
      ofService.map(({ name, kind, served, shown }) => [
        `\`${name}\``,
        kind,
        neededFor(served.path),
        served.whyNot === undefined ? linksTo(served.files) : `not served: ${served.whyNot}`,
        linksTo(shown),
      ]),
    );
  return services.map(([service, ofService]) => `### ${service}\n\n${table(ofService)}`).join("\n\n");
}

/** The role, and whether it must not be limited to some projects. */
function neededFor(path: string): string {
  const access = accessTable.get(path);
  if (!access) return "–";
  const needs = access.orWorker ? `${access.needs} or worker` : access.needs;
  return access.wholeServer && access.needs !== "anyone" && access.needs !== "worker"
    ? `${needs}, all projects`
    : needs;
}

const linksTo = (paths: readonly string[]) =>
  paths.map((path) => `[${basename(path)}](../../${path})`).join(", ") || "–";

function faultsOf({ fullName, served, shown }: Row): string[] {
  if (served.whyNot !== undefined) return [];
  return [
    ...(served.files.length > 0
      ? []
      : [`${fullName} is served, but no file of the façade defines its handler by name`]),
    ...(shown.length > 0 ? [] : [`${fullName} is served, but no test has its full name in a title`]),
  ];
}

if (import.meta.main) {
  const check = process.argv.includes("--check");
  const outcomes = await renewTables(!check);
  for (const { path, stale, faults } of outcomes) {
    if (check && stale) console.log(`${path} is stale: run npm run check -- --fix`);
    for (const fault of faults) console.log(`${path}: ${fault}`);
  }
  // a façade that was put together for this may have left a timer
  process.exit(outcomes.some(({ stale, faults }) => faults.length > 0 || (check && stale)) ? 1 : 0);
}
