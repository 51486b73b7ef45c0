import { Toast as Base } from "@base-ui/react/toast";

import { strings } from "#lib/strings.ts";
import { Button, IconButton } from "#ui/button.tsx";
import { type State, StateGlyph } from "#ui/state-glyph.tsx";

export interface ToastMessage {
  readonly title: string;
  readonly text?: string | undefined;
  readonly state?: State | undefined;
  readonly action?: { readonly label: string; readonly onAct: () => void } | undefined;
}

const manager = Base.createToastManager<ToastMessage>();

/**
 * Tells of something the page does not show: an act on what has scrolled away, a failure in the background.
 *
 * @returns its id, for {@link dismissToast}
 */
export function showToast(message: ToastMessage): string {
  const urgent = message.state === "failed" || message.state === "problem";
  return manager.add({
    title: message.title,
    description: message.text,
    data: message,
    priority: urgent ? "high" : "low",
    timeout: urgent || message.action ? 12_000 : 6_000,
  });
}

export function dismissToast(id: string): void {
  manager.close(id);
}

/** Where the messages of {@link showToast} appear. Once in the whole application. */
export function Toasts() {
  return (
    <Base.Provider toastManager={manager} limit={3}>
      <Base.Portal>
        <Base.Viewport className="toasts" aria-label={strings.toasts.region}>
          <ToastList />
        </Base.Viewport>
      </Base.Portal>
    </Base.Provider>
  );
}

function ToastList() {
  const { toasts } = Base.useToastManager<ToastMessage>();
  return toasts.map((toast) => (
    <Base.Root key={toast.id} toast={toast} className="toast">
      <StateGlyph state={toast.data?.state ?? "succeeded"} />
      <Base.Title render={<p />} className="toast-title" />
      <span className="row">
        <ToastAction id={toast.id} action={toast.data?.action} />
        <Base.Close render={<IconButton size="small" icon="close" label={strings.toasts.dismiss} />} />
      </span>
      <Base.Description className="dim" />
    </Base.Root>
  ));
}

function ToastAction({ id, action }: { readonly id: string; readonly action: ToastMessage["action"] }) {
  if (action === undefined) return null;
  const act = () => {
    dismissToast(id);
    action.onAct();
  };
  return (
    <Button size="small" variant="quiet" onClick={act}>
      {action.label}
    </Button>
  );
}
