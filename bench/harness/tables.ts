import { formatTable } from "../../scripts/format-table.ts";
import { isRate, type Result, ratioTo, reaches } from "./result.ts";

const head = ["", "what", "measured", "bar", "beside it, in the same run", "ratio"];

/** For a terminal. */
export function asText(results: readonly Result[]): string {
  const rows = results.flatMap(rowsOf).map((cells) => cells.map((cell) => cell.replaceAll("**", "")));
  return `${formatTable([head, ...rows])}\n\n${notesOf(results).join("\n")}`;
}

export function asMarkdown(results: readonly Result[]): string {
  const lines = [head, head.map(() => "---"), ...results.flatMap(rowsOf)];
  const notes = notesOf(results).map((note) => `* ${note}`);
  return [...lines.map((cells) => `| ${cells.join(" | ")} |`), "", ...notes].join("\n");
}

/** One row a result, and one more for everything else that stands beside it. */
function rowsOf(result: Result): string[][] {
  const { workload, what, value, bar, unit, beside } = result;
  const met = reaches(result);
  const first = beside[0];
  const measured = `${met === false ? "" : "**"}${format(value, unit)}${met === false ? "" : "**"}`;
  const wanted = bar === undefined ? "" : `${isRate(result) ? "≥" : "≤"} ${format(bar, unit)}${met ? " ✓" : " ✗"}`;
  const next = (other: Result["beside"][number] | undefined) =>
    other
      ? [
          `${other.name}: ${format(other.value, unit)}`,
          `${ratioText(ratioTo(result, other))}${other.share === undefined ? "" : ` (≥ ${other.share})`}`,
        ]
      : ["", ""];
  return [
    [workload, what, measured, wanted, ...next(first)],
    ...beside.slice(1).map((other) => ["", "", "", "", ...next(other)]),
  ];
}

/** None where nothing was measured on one side, such as times that a page was held up. */
function ratioText(ratio: number): string {
  return Number.isFinite(ratio) ? ratio.toFixed(2) : "";
}

function notesOf(results: readonly Result[]): string[] {
  return results.flatMap(({ workload, what, note }) => (note ? [`${workload}, ${what}: ${note}`] : []));
}

function format(value: number, unit: Result["unit"]): string {
  const digits = value >= 100 ? 0 : value >= 10 ? 1 : 2;
  const number = value.toLocaleString("en", { maximumFractionDigits: digits, minimumFractionDigits: digits });
  return unit === "/s" ? `${number}/s` : `${number} ${unit}`;
}
