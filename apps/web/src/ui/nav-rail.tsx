import { type ReactNode, useEffect, useRef, useState } from "react";

import { keepRail, readRail } from "#lib/rail.ts";
import { strings } from "#lib/strings.ts";
import { IconButton } from "#ui/button.tsx";
import { BrandMark, Icon, type IconName } from "#ui/icons.tsx";
import { Link } from "#ui/link.tsx";
import { type State, StateGlyph } from "#ui/state-glyph.tsx";
import { ThemeSwitch } from "#ui/theme-switch.tsx";

export interface NavItem {
  readonly href: string;
  readonly label: string;
  readonly icon: IconName;
  readonly current?: boolean | undefined;
  readonly count?: string | undefined;
  /** A glyph before the count: what is counted. */
  readonly state?: State | undefined;
}

export interface NavGroup {
  readonly title?: string | undefined;
  readonly items: readonly NavItem[];
}

/** The navigation: a rail, icons only when folded or on middle widths, a drawer on narrow screens. */
export function NavRail(props: {
  readonly groups: readonly NavGroup[];
  readonly home: string;
  readonly who?: ReactNode;
  readonly open: boolean;
  readonly onClose: () => void;
}) {
  const { groups, home, who, open, onClose } = props;
  const rail = useRef<HTMLElement>(null);
  useEffect(() => {
    if (open) rail.current?.querySelector<HTMLElement>("[aria-current], a")?.focus();
  }, [open]);
  return (
    <>
      <nav ref={rail} className={`rail ${open ? "is-open" : ""}`} aria-label={strings.shell.main}>
        <Link className="brand" href={home} aria-label={strings.shell.home}>
          <BrandMark />
          <span>{strings.product}</span>
        </Link>
        {groups.map((group) => (
          <Group key={group.title ?? group.items[0]?.href} {...group} />
        ))}
        <div className="rail-foot">
          <span className="who cut">{who}</span>
          <ThemeSwitch />
          <FoldButton />
        </div>
      </nav>
      {open && <button type="button" className="scrim" aria-label={strings.shell.closeNavigation} onClick={onClose} />}
    </>
  );
}

function Group({ title, items }: NavGroup) {
  return (
    <div className="nav">
      {title !== undefined && <h3>{title}</h3>}
      <ul>
        {items.map(({ href, label, icon, current, count, state }) => (
          <li key={href}>
            <Link href={href} title={label} aria-current={current ? "page" : undefined}>
              <Icon name={icon} />
              <span>{label}</span>
              {count !== undefined && (
                <span className="count">
                  {state && <StateGlyph state={state} label={strings.states[state]} />}
                  {count}
                </span>
              )}
            </Link>
          </li>
        ))}
      </ul>
    </div>
  );
}

function FoldButton() {
  const [folded, setFolded] = useState(readRail);
  const toggle = () => {
    keepRail(!folded);
    setFolded(!folded);
  };
  return (
    <IconButton
      className="hide"
      size="small"
      icon="sidebar"
      label={folded ? strings.shell.expand : strings.shell.collapse}
      onClick={toggle}
    />
  );
}
