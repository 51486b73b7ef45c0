import { useNavigate } from "@tanstack/react-router";

/** Opens the run dialog over the page that is shown: for a project's task, for a project, or to choose one. */
export function useOpenRun(): (projectId?: string, taskName?: string, revision?: string, like?: number) => void {
  const navigate = useNavigate();
  return (projectId, taskName, revision, like) =>
    void navigate({
      to: ".",
      search: (old) => ({ ...old, run: runTarget(projectId, taskName, revision, like) }),
      hash: true,
    });
}

export interface RunTarget {
  readonly projectId: string;
  readonly taskName: string;
  /** A branch or a commit; empty for what was synced. */
  readonly revision: string;
  /** The number of a task whose parameters the form begins with. */
  readonly like: number | undefined;
}

/** How the address says what is to be run. */
export function runTarget(projectId = "", taskName = "", revision = "", like?: number): string {
  const rest = like === undefined ? (revision === "" ? [] : [revision]) : [revision, String(like)];
  return [projectId, taskName, ...rest].map(encodeURIComponent).join("/");
}

/** Reads {@link runTarget}. */
export function parseRunTarget(target: string): RunTarget {
  const [projectId = "", taskName = "", revision = "", like = ""] = target.split("/").map(decode);
  return { projectId, taskName, revision, like: /^\d{1,10}$/.test(like) ? Number(like) : undefined };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // a percent sign that begins nothing stands for itself
    return text;
  }
}
