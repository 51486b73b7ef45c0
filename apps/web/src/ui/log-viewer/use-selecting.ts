import { type PointerEvent, type RefObject, useEffect, useRef } from "react";

import { selectedLines } from "#ui/log-viewer/selected-lines.ts";
import { useStable } from "#ui/use-stable.ts";

interface Selecting {
  readonly follow: boolean;
  readonly onPause: () => void;
  readonly onResume: () => void;
}

/**
 * Stops following while text is selected: lines must not move away under a selection. Already the press stops it, for
 * in a fast log there would be nothing left to select; a press that selects nothing lets it go on.
 */
export function useSelecting(layer: RefObject<HTMLElement | null>, { follow, onPause, onResume }: Selecting) {
  const pressed = useRef(false);
  const selected = () => layer.current !== null && selectedLines(layer.current) !== undefined;
  const changed = useStable(() => follow && selected() && onPause());
  const released = useStable(() => {
    if (pressed.current && !selected()) onResume();
    pressed.current = false;
  });
  useEffect(() => {
    document.addEventListener("selectionchange", changed);
    addEventListener("pointerup", released);
    return () => {
      document.removeEventListener("selectionchange", changed);
      removeEventListener("pointerup", released);
    };
  }, [changed, released]);
  return (event: PointerEvent) => {
    if (!follow || event.button !== 0 || event.pointerType === "touch") return;
    pressed.current = true;
    onPause();
  };
}
