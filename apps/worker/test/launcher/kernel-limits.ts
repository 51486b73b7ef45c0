import { mkdirSync, readFileSync, rmdirSync } from "node:fs";
import { join } from "node:path";

/**
 * Why attempts cannot be limited on this machine by control groups; undefined when they must be. The kernel lacks the
 * controller, or it allows nobody like this process to make a group beside itself (a container that mounts them
 * read-only, a user to whom none was delegated). Found by trying, without the code under test.
 */
export function whyNoGroups(controller: "memory" | "pids"): string | undefined {
  if (process.platform !== "linux") return "this is no Linux";
  const own = readFileSync("/proc/self/cgroup", "utf8").trim().split("\n");
  const first = own.find((line) => line.split(":")[1]?.split(",").includes(controller));
  const second = own.find((line) => line.startsWith("0::"));
  const folder = first
    ? join(`/sys/fs/cgroup/${first.split(":")[1]}`, first.split(":")[2] ?? "")
    : join("/sys/fs/cgroup", second?.slice("0::".length) ?? "");
  try {
    if (!first && !readFileSync(join(folder, "cgroup.subtree_control"), "utf8").split(/\s/).includes(controller))
      return `groups below ${folder} have no ${controller} controller`;
    mkdirSync(join(folder, "tributary-test"));
    rmdirSync(join(folder, "tributary-test"));
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
