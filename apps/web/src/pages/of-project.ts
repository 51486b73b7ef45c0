/** Lists of things that belong to projects; below `/sources` one of them is shown beside the list. */
const lists = /^\/(?:tasks|schedules|data-sets|models|secrets|sources(?:\/[^/]+)?)?$/;

/** Whether a page shows the things of one project when its address names it. */
export function isOfProjects(pathname: string): boolean {
  return lists.test(pathname);
}

/**
 * The address of a list, of one project only. Other pages are left as they are, and so are addresses that name a project
 * themselves, and dialogs that make something: what is new is not of the project yet, and nobody would find it.
 */
export function ofProject(href: string, project: string | undefined): string {
  const [path = "", query = ""] = href.split("?");
  const params = new URLSearchParams(query);
  const makes = params.get("act") === "add" || params.get("act") === "create";
  if (project === undefined || !isOfProjects(path) || params.has("project") || makes) return href;
  return `${path}?${query === "" ? "" : `${query}&`}project=${encodeURIComponent(project).replaceAll("%2F", "/")}`;
}
