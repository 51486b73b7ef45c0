import type { ReactNode } from "react";

/** Panels parted by hairlines: one board instead of floating cards. */
export function Board({ children }: { readonly children: ReactNode }) {
  return <div className="board">{children}</div>;
}

/** One panel; `span` is its width in twelfths of the board. Narrow screens stack them. */
export function Panel(props: {
  readonly title: ReactNode;
  readonly sub?: ReactNode;
  readonly more?: ReactNode;
  readonly span?: number | undefined;
  readonly children: ReactNode;
}) {
  return (
    <section className="cell" style={{ gridColumn: `span ${props.span ?? 12}` }}>
      <div className="cell-head">
        <h2>{props.title}</h2>
        {props.sub != null && <span className="sub">{props.sub}</span>}
        {props.more != null && <span className="more">{props.more}</span>}
      </div>
      {props.children}
    </section>
  );
}
