const key = "project";

/** The project whose lists this tab showed last; undefined for all. */
export function readProject(): string | undefined {
  try {
    return sessionStorage.getItem(key) ?? undefined;
  } catch {
    return undefined;
  }
}

/** Keeps it until the tab is closed, or another one is looked at. */
export function keepProject(name: string | undefined): void {
  try {
    if (name === undefined) sessionStorage.removeItem(key);
    else sessionStorage.setItem(key, name);
  } catch {
    // without storage it is kept until the page is loaded again
  }
}
