import type { KeyboardEvent } from "react";

interface LogKeys {
  readonly toStart: () => void;
  readonly toEnd: () => void;
  readonly find: () => void;
  readonly step: (direction: 1 | -1) => void;
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
  return key === "Escape" ? keys.clear : undefined;
}

function isTyping(target: EventTarget): boolean {
  return (
    target instanceof HTMLElement && target.closest("input, textarea, select, [role=menu], [role=listbox]") !== null
  );
}
