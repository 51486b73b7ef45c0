import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Recipe, Tool } from "./recipe.ts";
import { pipRecipe } from "./recipes/pip.ts";

/** The oldest Python that runs the tools of these versions. Projects may use older ones. */
export const TOOL_PYTHON = "3.10";

/** A tool with all that it needs, in exact versions, so that it is built once and does the same on every machine. */
export function toolRecipe(tool: Tool): Recipe {
  const file = `${tool}.txt`;
  const bytes = readFileSync(join(import.meta.dirname, "tools", file));
  const recipe = pipRecipe(tool, { file, contents: [[file, bytes]], local: false });
  return { ...recipe, blame: `what installs ${tool}` };
}
