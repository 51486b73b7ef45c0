/** What the reader chose; `system` follows the machine. */
export type Theme = "system" | "light" | "dark";

const key = "theme";
const listeners = new Set<() => void>();

/** The chosen theme. Anything unknown in the browser's store counts as `system`. */
export function readTheme(): Theme {
  const kept = document.documentElement.dataset.theme;
  return kept === "light" || kept === "dark" ? kept : "system";
}

/** Applies the theme at once and keeps it for the next visit. The script `theme.js` applies it before the first paint. */
export function setTheme(theme: Theme): void {
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  keep(theme);
  for (const listener of listeners) listener();
}

/** Calls back after each change of the theme, until the returned function is called. */
export function onThemeChange(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function keep(theme: Theme): void {
  try {
    if (theme === "system") localStorage.removeItem(key);
    else localStorage.setItem(key, theme);
  } catch {
    // a browser without storage still shows the theme until the page is closed
  }
}
