import { Menu as Base } from "@base-ui/react/menu";
import type { ReactElement, ReactNode } from "react";

import { Icon, type IconName } from "#ui/icons.tsx";
import { Link } from "#ui/link.tsx";

export interface MenuAction {
  readonly id: string;
  readonly label: ReactNode;
  readonly icon?: IconName | undefined;
  /** What to expect, under the label. */
  readonly hint?: ReactNode;
  readonly onSelect?: (() => void) | undefined;
  readonly href?: string | undefined;
  readonly danger?: boolean | undefined;
  readonly disabled?: boolean | undefined;
  /** A hairline above it. */
  readonly apart?: boolean | undefined;
}

/** A menu that opens from `trigger`, any button of ours. */
export function Menu(props: {
  readonly trigger: ReactElement;
  readonly items: readonly MenuAction[];
  readonly align?: "start" | "end" | undefined;
}) {
  return (
    <Base.Root modal={false}>
      <Base.Trigger render={props.trigger} />
      <Base.Portal>
        <Base.Positioner className="floating" sideOffset={4} align={props.align ?? "end"} collisionPadding={8}>
          <Base.Popup className="menu">{props.items.map(menuItem)}</Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}

function menuItem({ id, label, icon, hint, onSelect, href, danger, disabled = false, apart }: MenuAction) {
  const className = `menu-item ${danger ? "menu-item--danger" : ""} ${apart ? "menu-item--apart" : ""}`;
  const content = (
    <>
      {icon && <Icon name={icon} />}
      <span className="menu-words">
        {label}
        {hint != null && <span className="menu-hint">{hint}</span>}
      </span>
    </>
  );
  if (href !== undefined && !disabled) {
    return (
      <Base.LinkItem key={id} className={className} closeOnClick render={<Link href={href} />}>
        {content}
      </Base.LinkItem>
    );
  }
  return (
    <Base.Item key={id} className={className} disabled={disabled} onClick={onSelect}>
      {content}
    </Base.Item>
  );
}
