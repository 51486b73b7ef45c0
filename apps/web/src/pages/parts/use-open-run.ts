import { useNavigate } from "@tanstack/react-router";

/** Opens the run dialog over the page that is shown: for a project's task, for a project, or to choose one. */
export function useOpenRun(): (projectId?: string, taskName?: string) => void {
  const navigate = useNavigate();
  return (projectId, taskName) =>
    void navigate({ to: ".", search: (old) => ({ ...old, run: runTarget(projectId, taskName) }), hash: true });
}

/** How the address says what is to be run. */
export function runTarget(projectId = "", taskName = ""): string {
  return [projectId, taskName].map(encodeURIComponent).join("/");
}

/** Reads {@link runTarget}. */
export function parseRunTarget(target: string): { readonly projectId: string; readonly taskName: string } {
  const [projectId = "", taskName = ""] = target.split("/").map(decode);
  return { projectId, taskName };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // a percent sign that begins nothing stands for itself
    return text;
  }
}
