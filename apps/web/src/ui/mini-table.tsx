import type { ReactNode } from "react";

export interface MiniColumn<Row> {
  readonly id: string;
  readonly head: ReactNode;
  readonly cell: (row: Row) => ReactNode;
  readonly numeric?: boolean | undefined;
}

/** A small plain table inside a panel or an explanation, for at most some dozens of rows. */
export function MiniTable<Row>(props: {
  readonly label: string;
  readonly columns: readonly MiniColumn<Row>[];
  readonly rows: readonly Row[];
  readonly rowKey: (row: Row) => string;
  /** On narrow screens each row becomes a list of its values under their names; heads must be texts. */
  readonly stack?: boolean;
}) {
  return (
    <table className={props.stack ? "mini mini--stack" : "mini"} aria-label={props.label}>
      <thead>
        <tr>
          {props.columns.map(({ id, head, numeric }) => (
            <th key={id} scope="col" className={numeric ? "num" : undefined}>
              {head}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {props.rows.map((row) => (
          <tr key={props.rowKey(row)}>
            {props.columns.map(({ id, head, cell, numeric }) => (
              <td
                key={id}
                className={numeric ? "num" : undefined}
                data-head={typeof head === "string" ? head : undefined}
              >
                {cell(row)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
