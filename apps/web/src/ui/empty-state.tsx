import type { ReactNode } from "react";

import { strings } from "#lib/strings.ts";
import { CodeBlock } from "#ui/code-block.tsx";
import { Icon, type IconName } from "#ui/icons.tsx";

/** What stands where a list has nothing yet: what it is for, and the command or button that fills it. */
export function EmptyState(props: {
  readonly title: ReactNode;
  readonly children: ReactNode;
  readonly icon?: IconName | undefined;
  readonly command?: string | undefined;
  readonly actions?: ReactNode;
}) {
  return (
    <section className="empty">
      <Icon name={props.icon ?? "flow"} />
      <div>
        <h2>{props.title}</h2>
        <p>{props.children}</p>
        {props.command !== undefined && <CodeBlock code={props.command} label={strings.empty.commandLabel} />}
        {props.actions != null && <div className="act">{props.actions}</div>}
      </div>
    </section>
  );
}
