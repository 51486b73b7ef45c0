import type { ReactNode } from "react";

import { strings } from "#lib/strings.ts";
import { IconButton } from "#ui/button.tsx";
import { Icon } from "#ui/icons.tsx";
import { Link } from "#ui/link.tsx";

export interface Crumb {
  readonly label: ReactNode;
  readonly href?: string | undefined;
  /** Its identity in small: "#184233". */
  readonly note?: ReactNode;
  /** Instead of a link: a menu that changes the project. */
  readonly control?: ReactNode;
}

export type Connection = "live" | "connecting" | "offline";

export interface TopBarProps {
  /** From the widest to this page; the last one is the page. */
  readonly crumbs: readonly Crumb[];
  readonly connection: Connection;
  readonly onSearch?: (() => void) | undefined;
  readonly onOpenNavigation: () => void;
}

/** Where the reader is, the search, and whether the page is live. */
export function TopBar({ crumbs, connection, onSearch, onOpenNavigation }: TopBarProps) {
  return (
    <header className="top">
      <IconButton className="menu-btn" icon="menu" label={strings.shell.openNavigation} onClick={onOpenNavigation} />
      <nav className="crumb-nav" aria-label={strings.shell.breadcrumb}>
        <ol className="crumbs">
          {crumbs.map((crumb, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a crumb is its place
            <li key={index}>{crumb.control ?? <CrumbLink crumb={crumb} last={index === crumbs.length - 1} />}</li>
          ))}
        </ol>
      </nav>
      {onSearch && (
        <button
          type="button"
          className="find"
          onClick={onSearch}
          title={strings.shell.search}
          aria-keyshortcuts="Control+K"
        >
          <Icon name="search" />
          <span>{strings.shell.search}</span>
          <kbd>{strings.shell.searchKeys}</kbd>
        </button>
      )}
      <ConnectionState state={connection} />
    </header>
  );
}

function CrumbLink({ crumb, last }: { readonly crumb: Crumb; readonly last: boolean }) {
  const content = (
    <>
      {crumb.label} {crumb.note != null && <span className="faint">{crumb.note}</span>}
    </>
  );
  if (crumb.href === undefined || last) return <span aria-current={last ? "page" : undefined}>{content}</span>;
  return <Link href={crumb.href}>{content}</Link>;
}

/** Whether what the page shows is kept up to date. */
export function ConnectionState({ state }: { readonly state: Connection }) {
  return (
    <span className={`conn conn--${state}`} role="status" title={strings.connection[`${state}Hint`]}>
      {strings.connection[state]}
    </span>
  );
}
