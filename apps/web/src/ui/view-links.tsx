import type { ReactNode } from "react";

import { formatCount } from "#lib/format.ts";
import { Icon, type IconName } from "#ui/icons.tsx";
import { Link } from "#ui/link.tsx";

export interface ViewLink {
  readonly href: string;
  readonly label: string;
  readonly count?: number | undefined;
  readonly icon?: IconName | undefined;
  readonly current?: boolean | undefined;
  /** Changed and not saved: a dot, and these words for those who do not see it. */
  readonly unsaved?: string | undefined;
  /** A hairline before it. */
  readonly apart?: boolean | undefined;
}

/** Saved views of a list as a row of links, with acts on the view at its end. */
export function ViewLinks(props: {
  readonly label: string;
  readonly views: readonly ViewLink[];
  readonly children?: ReactNode;
}) {
  return (
    <nav className="views" aria-label={props.label}>
      {props.views.flatMap((view) => [
        view.apart ? <span key={`${view.href} sep`} className="sep" /> : null,
        <Link key={view.href} href={view.href} aria-current={view.current ? "page" : undefined}>
          {view.icon && <Icon name={view.icon} />}
          {view.label} {view.count !== undefined && <span className="n">{formatCount(view.count)}</span>}
          {view.unsaved && <span className="unsaved" role="img" aria-label={view.unsaved} title={view.unsaved} />}
        </Link>,
      ])}
      {props.children != null && <span className="views-act">{props.children}</span>}
    </nav>
  );
}
