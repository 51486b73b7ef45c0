import { links } from "#pages/links.ts";
import type { goKeys } from "#pages/strings/shortcut-strings.ts";

/** Where each key leads after a `g`. */
export const goLinks: Readonly<Record<keyof typeof goKeys, string>> = {
  o: links.overview(),
  t: links.tasks(),
  f: links.tasks({ state: ["failed"], since: "24h" }),
  p: links.projects(),
  s: links.sources(),
  c: links.schedules(),
  w: links.workers(),
};
