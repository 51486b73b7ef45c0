const key = "rail";

/** Whether the rail shows icons only. `theme.js` sets it before the first paint. */
export function readRail(): boolean {
  return document.documentElement.dataset.rail === "icons";
}

/** Folds or unfolds the rail and keeps the choice for the next visit. */
export function keepRail(folded: boolean): void {
  if (folded) document.documentElement.dataset.rail = "icons";
  else delete document.documentElement.dataset.rail;
  try {
    if (folded) localStorage.setItem(key, "icons");
    else localStorage.removeItem(key);
  } catch {
    // without storage the choice holds until the page is closed
  }
}
