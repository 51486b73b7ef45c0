import { type KeyboardEvent, useState } from "react";

interface GridKeys {
  readonly count: number;
  /** Rows a Page key moves by. */
  readonly page: number;
  readonly show: (index: number) => void;
  readonly open: (index: number) => void;
  readonly toggle: (index: number) => void;
  readonly extend: (from: number, to: number) => void;
  readonly selectAll: () => void;
  readonly clear: () => void;
}

/**
 * The active row of a grid and the keys that move it. Keys pressed in a control inside the grid are left to it.
 *
 * Source: the grid pattern of the ARIA authoring practices, with whole rows as stops.
 */
export function useGridKeys(keys: GridKeys) {
  const [active, setActive] = useState(-1);
  const current = Math.min(active, keys.count - 1);
  const go = (index: number, extend: boolean) => {
    const next = Math.max(0, Math.min(keys.count - 1, index));
    if (extend && current >= 0) keys.extend(current, next);
    setActive(next);
    keys.show(next);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.target !== event.currentTarget || keys.count === 0) return;
    const act = actOf(event, current, keys, go);
    if (act === undefined) return;
    event.preventDefault();
    act();
  };
  return { active: current, setActive, onKeyDown };
}

function actOf(
  event: KeyboardEvent,
  current: number,
  keys: GridKeys,
  go: (index: number, extend: boolean) => void,
): (() => void) | undefined {
  const { key, shiftKey } = event;
  if (key !== "a" && (event.ctrlKey || event.metaKey || event.altKey)) return undefined;
  const moves: Record<string, number> = {
    ArrowDown: current + 1,
    ArrowUp: current - 1,
    // as in mail and in vi
    j: current + 1,
    k: current - 1,
    J: current + 1,
    K: current - 1,
    Home: 0,
    End: keys.count - 1,
    PageDown: current + keys.page,
    PageUp: current - keys.page,
  };
  const move = moves[key];
  if (move !== undefined) return () => go(move, shiftKey);
  if (key === "a" && (event.ctrlKey || event.metaKey)) return keys.selectAll;
  if (key === "Escape") return keys.clear;
  if (current < 0) return undefined;
  if (key === "Enter") return () => keys.open(current);
  if (key === " " || key === "x") return () => keys.toggle(current);
  return undefined;
}
