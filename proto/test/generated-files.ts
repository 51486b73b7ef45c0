import { existsSync, globSync } from "node:fs";
import type { DescFile } from "@bufbuild/protobuf";

const gen = new URL("../gen/", import.meta.url);

/**
 * Loads every generated file and returns their descriptors, sorted by path.
 *
 * @throws Error when nothing was generated
 */
export async function loadGeneratedFiles(): Promise<DescFile[]> {
  if (!existsSync(gen)) {
    throw new Error("proto/gen is missing: run `npm run generate` in the root of the repository first");
  }
  const paths = globSync("**/*_pb.js", { cwd: gen }).sort();
  const modules: Record<string, unknown>[] = await Promise.all(paths.map((path) => import(new URL(path, gen).href)));
  return modules.flatMap((module) => Object.values(module).filter(isDescFile));
}

function isDescFile(value: unknown): value is DescFile {
  return typeof value === "object" && value !== null && "kind" in value && value.kind === "file";
}
