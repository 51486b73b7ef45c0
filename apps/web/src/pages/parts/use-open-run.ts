import { useNavigate } from "@tanstack/react-router";

/** Opens the run dialog over the page that is shown: for a project's task, for a project, or to choose one. */
export function useOpenRun(): (projectId?: string, taskName?: string, revision?: string) => void {
  const navigate = useNavigate();
  return (projectId, taskName, revision) =>
    void navigate({
      to: ".",
      search: (old) => ({ ...old, run: runTarget(projectId, taskName, revision) }),
      hash: true,
    });
}

export interface RunTarget {
  readonly projectId: string;
  readonly taskName: string;
  /** A branch or a commit; empty for what was synced. */
  readonly revision: string;
}

/** How the address says what is to be run. */
export function runTarget(projectId = "", taskName = "", revision = ""): string {
  return [projectId, taskName, ...(revision === "" ? [] : [revision])].map(encodeURIComponent).join("/");
}

/** Reads {@link runTarget}. */
export function parseRunTarget(target: string): RunTarget {
  const [projectId = "", taskName = "", revision = ""] = target.split("/").map(decode);
  return { projectId, taskName, revision };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // a percent sign that begins nothing stands for itself
    return text;
  }
}
