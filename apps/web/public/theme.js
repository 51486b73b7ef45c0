// Loaded before the first paint, from our own address: a strict policy refuses inline scripts.
try {
  const root = document.documentElement;
  const theme = localStorage.getItem("theme");
  if (theme === "light" || theme === "dark") root.dataset.theme = theme;
  if (localStorage.getItem("rail") === "icons") root.dataset.rail = "icons";
} catch {
  // no storage: the system's theme and the full rail
}
