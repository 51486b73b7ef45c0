import type { State } from "#ui/state-glyph.tsx";

export interface ToastMessage {
  readonly title: string;
  readonly text?: string | undefined;
  readonly state?: State | undefined;
  readonly action?: { readonly label: string; readonly onAct: () => void } | undefined;
}

/** What shows messages, once it has been fetched. */
export interface ToastStage {
  readonly add: (id: string, message: ToastMessage) => void;
  readonly close: (id: string) => void;
}

const waiting = new Map<string, ToastMessage>();
const listeners = new Set<() => void>();
let stage: ToastStage | undefined;
let told = 0;

/**
 * Tells of something the page does not show: an act on what has scrolled away, a failure in the background.
 *
 * @returns its id, for {@link dismissToast}
 */
export function showToast(message: ToastMessage): string {
  told += 1;
  const id = `toast-${told}`;
  if (stage) stage.add(id, message);
  else waiting.set(id, message);
  for (const listener of listeners) listener();
  return id;
}

export function dismissToast(id: string): void {
  waiting.delete(id);
  stage?.close(id);
}

/** Hands over the messages that came before there was anything to show them. */
export function takeStage(next: ToastStage): void {
  stage = next;
  for (const [id, message] of waiting) next.add(id, message);
  waiting.clear();
}

/** Whether anything was told yet. */
export function hasToasts(): boolean {
  return told > 0;
}

/** Calls back when something is told, until the returned function is called. */
export function onToast(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
