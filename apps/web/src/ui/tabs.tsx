import { Tabs as Base } from "@base-ui/react/tabs";
import type { ReactNode } from "react";

import { formatCount } from "#lib/format.ts";
import { type State, StateGlyph } from "#ui/state-glyph.tsx";

export interface Tab<Id extends string> {
  readonly id: Id;
  readonly label: string;
  readonly count?: number | undefined;
  readonly state?: State | undefined;
}

/** Views of one thing. `children` is the view of the tab that holds; the page keeps which one in its address. */
export function Tabs<Id extends string>(props: {
  readonly label: string;
  readonly tabs: readonly Tab<Id>[];
  readonly value: Id;
  readonly onChange: (id: Id) => void;
  readonly children: ReactNode;
}) {
  return (
    <Base.Root className="tabbed" value={props.value} onValueChange={(value: Id) => props.onChange(value)}>
      <Base.List className="tabs" aria-label={props.label} activateOnFocus>
        {props.tabs.map(({ id, label, count, state }) => (
          <Base.Tab key={id} value={id}>
            {label} {count !== undefined && <span className="n">{formatCount(count)}</span>}
            {state && <StateGlyph state={state} />}
          </Base.Tab>
        ))}
      </Base.List>
      <Base.Panel className="tab-panel" value={props.value}>
        {props.children}
      </Base.Panel>
    </Base.Root>
  );
}
