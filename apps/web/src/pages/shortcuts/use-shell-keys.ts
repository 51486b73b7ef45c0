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

/** Ctrl or ⌘ with K anywhere; `?` and `g` with a letter where nothing is being written. */
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
      if (href === undefined && key !== "?") return;
      event.preventDefault();
      if (href === undefined) sheet();
      else go(href);
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, [search, sheet, go]);
}

/** Something is written there, or chosen, or it has keys of its own. */
function isTaken(target: EventTarget | null): boolean {
  return (
    target instanceof Element &&
    target.closest("input, textarea, select, [contenteditable], [role=log], [role=dialog], [role=menu]") !== null
  );
}
