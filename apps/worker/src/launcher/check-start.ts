import type { StartAttempt } from "./protocol.ts";

/** The reason why a start has the wrong shape; undefined when it has the right one. */
export function checkStart(ask: StartAttempt): string | undefined {
  const isText = (value: unknown) => typeof value === "string" && value !== "";
  const areTexts = (values: unknown[]) => values.every((value) => typeof value === "string");
  if (!Array.isArray(ask.argv) || ask.argv.length === 0 || !areTexts(ask.argv)) {
    return "argv must be a list of texts that begins with the program";
  }
  if (ask.env === null || typeof ask.env !== "object" || !areTexts(Object.values(ask.env))) {
    return "env must map names to texts";
  }
  if (!isText(ask.id)) return "id must be a text";
  const amounts = Object.values(ask.limits ?? {});
  if (!amounts.every((amount) => Number.isSafeInteger(amount) && amount > 0)) {
    return "limits must map names to whole numbers above 0";
  }
  const wrong = (["cwd", "out", "err"] as const).find((field) => !isText(ask[field]) || !ask[field].startsWith("/"));
  return wrong && `${wrong} must be an absolute path`;
}
