import { CSPProvider } from "@base-ui/react/csp-provider";
import { Tooltip } from "@base-ui/react/tooltip";
import { type ReactNode, useEffect, useState } from "react";

import "#ui/styles/index.css";
import { strings } from "#lib/strings.ts";
import type { NavGroup } from "#ui/nav-rail.tsx";
import { NavRail } from "#ui/nav-rail.tsx";
import { OfflineNote } from "#ui/offline-note.tsx";
import { ToastPlace } from "#ui/toast-place.tsx";
import { type Connection, TopBar, type TopBarProps } from "#ui/top-bar.tsx";

export interface AppShellProps extends Omit<TopBarProps, "onOpenNavigation"> {
  readonly nav: readonly NavGroup[];
  /** Where the brand leads. */
  readonly home: string;
  /** Who is signed in, at the foot of the rail. */
  readonly who?: ReactNode;
  /** The page fills the window and scrolls inside, as a table or a log does. */
  readonly fill?: boolean | undefined;
  /** Changes with the page: the drawer closes and the new page is at its top. */
  readonly pageKey: string;
  /** In front of the page; they stay as they are when it changes. */
  readonly dialogs?: ReactNode;
  readonly children: ReactNode;
}

/** The frame around every page: rail or drawer, top bar, the page itself, and the place of toasts. */
export function AppShell({ nav, home, who, fill = false, pageKey, dialogs, children, ...top }: AppShellProps) {
  const [openFor, setOpenFor] = useState<string>();
  const open = openFor === pageKey;
  const offlineSince = useOfflineSince(top.connection);
  const close = () => setOpenFor(undefined);
  useCloseOnEscape(open, close);
  return (
    <UiRoot>
      <a className="skip" href="#main">
        {strings.shell.skip}
      </a>
      <div className="app">
        <NavRail groups={nav} home={home} who={who} open={open} onClose={close} />
        <TopBar {...top} onOpenNavigation={() => setOpenFor(pageKey)} />
        <main key={pageKey} className={`main ${fill ? "main--fill" : ""}`} id="main" tabIndex={-1}>
          {offlineSince !== undefined && <OfflineNote since={offlineSince} />}
          {children}
        </main>
      </div>
      {dialogs}
    </UiRoot>
  );
}

/** What the components need around them: no inline styles of libraries, shared tooltip delays, the place of toasts. */
export function UiRoot({ children }: { readonly children: ReactNode }) {
  return (
    <CSPProvider disableStyleElements>
      <Tooltip.Provider delay={500}>
        {children}
        <ToastPlace />
      </Tooltip.Provider>
    </CSPProvider>
  );
}

/** When the server was lost, until it is there again: also while it is tried anew, and from page to page. */
function useOfflineSince(connection: Connection): number | undefined {
  const [since, setSince] = useState<number>();
  if (connection === "offline" && since === undefined) setSince(Date.now());
  if (connection === "live" && since !== undefined) setSince(undefined);
  return since;
}

function useCloseOnEscape(open: boolean, close: () => void) {
  useEffect(() => {
    if (!open) return;
    const press = (event: KeyboardEvent) => {
      if (event.key === "Escape") close();
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  });
}
