import { type RefObject, useEffect, useLayoutEffect, useRef } from "react";

/** Where lists were left, in px, by the entry of the browser's history that they were left at. */
const places = new Map<string, number>();
const most = 500;

/** The router's name for the entry; undefined outside of one. */
function entry(): string | undefined {
  const state: unknown = history.state;
  const key = state !== null && typeof state === "object" && "__TSR_key" in state ? state.__TSR_key : undefined;
  return typeof key === "string" ? key : undefined;
}

function keep(key: string, place: number): void {
  places.delete(key);
  places.set(key, place);
  const oldest = places.keys().next();
  if (places.size > most && !oldest.done) places.delete(oldest.value);
}

/** Brings whoever goes back or forward to a list to where they left it, as soon as it has its lines. */
export function useKeptPlace(scroller: RefObject<HTMLElement | null>, lines: number): void {
  const at = useRef(entry());
  const path = useRef(location.pathname);
  const isPut = useRef(false);
  useLayoutEffect(() => {
    if (isPut.current || lines === 0) return;
    isPut.current = true;
    const place = at.current === undefined ? undefined : places.get(at.current);
    if (place !== undefined && scroller.current) scroller.current.scrollTop = place;
  }, [lines, scroller]);
  useEffect(() => {
    const element = scroller.current;
    const note = () => {
      const key = entry();
      // the address may be the next page's before this list is gone
      if (key === undefined || location.pathname !== path.current || !element) return;
      at.current = key;
      keep(key, element.scrollTop);
    };
    element?.addEventListener("scroll", note, { passive: true });
    return () => element?.removeEventListener("scroll", note);
  }, [scroller]);
  // a filter or an opened row replaces the entry, and the list stays where it is
  useEffect(() => {
    const [before, now] = [at.current, entry()];
    if (now === undefined || now === before || location.pathname !== path.current) return;
    at.current = now;
    const place = before === undefined ? undefined : places.get(before);
    if (place !== undefined) keep(now, place);
  });
}
