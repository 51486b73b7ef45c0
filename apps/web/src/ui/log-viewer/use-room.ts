import { type RefObject, useLayoutEffect } from "react";

/**
 * Tells an element's style, as `--room`, how much of it lies within the window and everything that scrolls around it.
 * Where a page scrolls, what fills the window from the top of the element down can be as high as that.
 */
export function useRoom(ref: RefObject<HTMLElement | null>): void {
  useLayoutEffect(() => {
    const element = ref.current;
    if (!element) return;
    const measure = () => {
      const { top, height } = element.getBoundingClientRect();
      const room = Math.min(height, bottomAround(element) - top);
      element.style.setProperty("--room", `${Math.max(0, Math.floor(room))}px`);
    };
    measure();
    // Scrolling around it, turning the phone, and whatever grows or shrinks above it.
    document.addEventListener("scroll", measure, { capture: true, passive: true });
    window.addEventListener("resize", measure);
    const observer = new ResizeObserver(measure);
    for (let at: Element | null = element; at && at !== document.body; at = at.parentElement) {
      for (const beside of at.parentElement?.children ?? []) observer.observe(beside);
    }
    return () => {
      document.removeEventListener("scroll", measure, { capture: true });
      window.removeEventListener("resize", measure);
      observer.disconnect();
    };
  }, [ref]);
}

/** Where what can be seen ends below. */
function bottomAround(element: Element): number {
  let bottom = window.innerHeight;
  for (let at = element.parentElement; at; at = at.parentElement) {
    if (getComputedStyle(at).overflowY !== "visible") bottom = Math.min(bottom, at.getBoundingClientRect().bottom);
  }
  return bottom;
}
