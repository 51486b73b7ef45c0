import { Children, Fragment, type ReactNode } from "react";

/** Short facts in one line, parted by dots; nothing is shown for a fact that is absent. */
export function Facts({ children }: { readonly children: ReactNode }) {
  return (
    <div className="facts">
      {Children.map(children, (fact) => (fact == null || fact === false || fact === "" ? null : <span>{fact}</span>))}
    </div>
  );
}

export interface KeyValue {
  readonly key: string;
  readonly label: ReactNode;
  readonly value: ReactNode;
  /** Under the label: a type, a unit. */
  readonly note?: ReactNode;
}

/** Names at the left, values at the right, a hairline between. */
export function KeyValues({ items }: { readonly items: readonly KeyValue[] }) {
  return (
    <dl className="key-values">
      {items.map(({ key, label, value, note }) => (
        <Fragment key={key}>
          <dt>
            {label}
            {note != null && <span className="note mono">{note}</span>}
          </dt>
          <dd>{value}</dd>
        </Fragment>
      ))}
    </dl>
  );
}
