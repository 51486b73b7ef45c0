import { useEffect } from "react";
import { goLinks } from "#pages/shortcuts/go-links.ts";
import { useStable } from "#ui/use-stable.ts";

interface ShellKeys {
  readonly onSearch: () => void;
  readonly onSheet: () => void;
  readonly onGo: (href: string) => void;
}

/** After a `g`, in milliseconds. */
const patience = 1_200;

/**
 * Ctrl or ⌘ with K anywhere; `?` and `g` with a letter where nothing is being written. Keys of the page's list or log
 * work before it has the focus, too: they give it that.
 */
export function useShellKeys(keys: ShellKeys): void {
  const search = useStable(keys.onSearch);
  const sheet = useStable(keys.onSheet);
  const go = useStable(keys.onGo);
  useEffect(() => {
    let begun = Number.NEGATIVE_INFINITY;
    const press = (event: KeyboardEvent) => {
      const { key } = event;
      if (key === "k" && (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey) {
        event.preventDefault();
        search();
        return;
      }
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isTaken(event.target)) return;
      const after = event.timeStamp - begun < patience;
      begun = key === "g" ? event.timeStamp : Number.NEGATIVE_INFINITY;
      const href = after ? (goLinks as Readonly<Record<string, string>>)[key] : undefined;
      if (href === undefined && key !== "?") {
        if ((key === "/" || isNowhere(event.target)) && handOn(key)) event.preventDefault();
        return;
      }
      event.preventDefault();
      if (href === undefined) sheet();
      else go(href);
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, [search, sheet, go]);
}

/** Nothing on the page has the focus. */
function isNowhere(target: EventTarget | null): boolean {
  return target instanceof Element && (target === document.body || target.id === "main");
}

/** Keys of lists and of logs; `g` leads elsewhere until a log has the focus. */
const ofLists = ["j", "k"];
const ofLogs = [...ofLists, "n", "N", "e", "E", "m", "z", "w", "t", "/"];

/** Gives the focus to the page's search, list or log, and the key with it; false when the page has none that knows the key. */
function handOn(key: string): boolean {
  const inMain = (selector: string) => document.querySelector<HTMLElement>(`#main ${selector}`);
  const field = key === "/" ? inMain("[role=search] input") : null;
  const part = (ofLists.includes(key) && inMain("[role=grid]")) || (ofLogs.includes(key) && inMain("[role=log]"));
  if (field) field.focus();
  else if (part) {
    part.focus({ preventScroll: true });
    part.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
  }
  return Boolean(field || part);
}

/** Something is written there, or chosen, or it has keys of its own. */
function isTaken(target: EventTarget | null): boolean {
  return (
    target instanceof Element &&
    target.closest("input, textarea, select, [contenteditable], [role=log], [role=dialog], [role=menu]") !== null
  );
}
