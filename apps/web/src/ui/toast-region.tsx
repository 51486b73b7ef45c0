import { Toast as Base } from "@base-ui/react/toast";
import { useEffect } from "react";

import { strings } from "#lib/strings.ts";
import { Button, IconButton } from "#ui/button.tsx";
import { StateGlyph } from "#ui/state-glyph.tsx";
import { dismissToast, type ToastMessage, takeStage } from "#ui/toasts.ts";

const manager = Base.createToastManager<ToastMessage>();

const stage = {
  add(id: string, message: ToastMessage) {
    const urgent = message.state === "failed" || message.state === "problem";
    manager.add({
      id,
      title: message.title,
      description: message.text,
      data: message,
      priority: urgent ? "high" : "low",
      timeout: urgent || message.action ? 12_000 : 6_000,
    });
  },
  close: (id: string) => manager.close(id),
};

/** The corner where messages appear. */
export default function ToastRegion() {
  return (
    <Base.Provider toastManager={manager} limit={3}>
      <Base.Portal>
        <Base.Viewport className="toasts" aria-label={strings.toasts.region}>
          <ToastList />
        </Base.Viewport>
      </Base.Portal>
      <Ready />
    </Base.Provider>
  );
}

/** Takes the messages once the provider listens to the manager, which it does in an effect of its own. */
function Ready() {
  useEffect(() => {
    queueMicrotask(() => takeStage(stage));
  }, []);
  return null;
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
