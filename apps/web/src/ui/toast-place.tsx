import { lazy, Suspense, useSyncExternalStore } from "react";

import { hasToasts, onToast } from "#ui/toasts.ts";

// most visits see no message: what shows them is fetched with the first one
const ToastRegion = lazy(() => import("#ui/toast-region.tsx"));

/** Where messages appear. Once in the whole application. */
export function ToastPlace() {
  const any = useSyncExternalStore(onToast, hasToasts);
  return <Suspense>{any && <ToastRegion />}</Suspense>;
}
