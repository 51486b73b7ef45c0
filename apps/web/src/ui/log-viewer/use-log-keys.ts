import type { KeyboardEvent } from "react";

interface LogKeys {
  readonly toStart: () => void;
  readonly toEnd: () => void;
  readonly find: () => void;
  readonly step: (direction: 1 | -1) => void;
  readonly move: (direction: 1 | -1) => void;
  readonly error: (direction: 1 | -1) => void;
  readonly matching: () => void;
  readonly foldAll: () => void;
  readonly wrap: () => void;
  readonly time: () => void;
  readonly clear: () => void;
}

/** The log's keys; those typed into a field or pressed with control are left alone. */
export function useLogKeys(keys: LogKeys) {
  return (event: KeyboardEvent<HTMLElement>) => {
    const { target, key, ctrlKey, metaKey, altKey } = event;
    const act = actOf(key, keys);
    if (act === undefined || isTyping(target) || ctrlKey || metaKey || altKey || event.defaultPrevented) return;
    event.preventDefault();
    act();
  };
}

function actOf(key: string, keys: LogKeys): (() => void) | undefined {
  if (key === "g" || key === "Home") return keys.toStart;
  if (key === "G" || key === "End") return keys.toEnd;
  if (key === "/") return keys.find;
  if (key === "n" || key === "N") return () => keys.step(key === "n" ? 1 : -1);
  if (key === "j" || key === "k") return () => keys.move(key === "j" ? 1 : -1);
  if (key === "e" || key === "E") return () => keys.error(key === "e" ? 1 : -1);
  if (key === "m") return keys.matching;
  if (key === "z") return keys.foldAll;
  if (key === "w") return keys.wrap;
  if (key === "t") return keys.time;
  return key === "Escape" ? keys.clear : undefined;
}

function isTyping(target: EventTarget): boolean {
  return (
    target instanceof HTMLElement && target.closest("input, textarea, select, [role=menu], [role=listbox]") !== null
  );
}
