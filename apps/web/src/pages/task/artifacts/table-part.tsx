import type { Table, TableCell, TableRow } from "@tributary/proto/tributary/v1/artifacts_pb";

import { ScrollRegion } from "#pages/parts/scroll-region.tsx";
import { artifactStrings } from "#pages/strings/artifact-strings.ts";
import { Button } from "#ui/button.tsx";
import { MiniTable } from "#ui/mini-table.tsx";

const words = artifactStrings;

interface TablePartProps {
  readonly path: string;
  readonly table: Table;
  /** The first column that is shown, from 0. */
  readonly first: number;
  readonly onColumn: (first: number) => void;
}

/** Some rows and columns of a table in a file. */
export function TablePart({ path, table, first, onColumn }: TablePartProps) {
  const { columns, columnCount, rows, problem } = table;
  const from = Number(table.firstRow);
  const total = table.rowCount === undefined ? undefined : Number(table.rowCount);
  const last = first + columns.length;
  const numbered = rows.map((row, index) => ({ row, number: from + index + 1 }));
  return (
    <>
      {problem !== "" && <p role="alert">{problem}</p>}
      <div className="artifact-pager">
        <span className="dim grow">
          {rows.length === 0 ? words.noRows : words.rows(from + 1, from + rows.length, total)}
          {columns.length < columnCount && `, ${words.columns(first + 1, last, columnCount)}`}
        </span>
        {first > 0 && (
          <Button size="small" onClick={() => onColumn(0)}>
            {words.fewerColumns}
          </Button>
        )}
        {last < columnCount && columns.length > 0 && (
          <Button size="small" onClick={() => onColumn(last)}>
            {words.moreColumns}
          </Button>
        )}
      </div>
      {columns.length > 0 && (
        <ScrollRegion label={words.contents(path)}>
          <MiniTable
            label={words.contents(path)}
            rows={numbered}
            rowKey={({ number }) => String(number)}
            columns={[
              {
                id: "row",
                head: <span className="vh">#</span>,
                numeric: true,
                cell: ({ number }) => <Faint>{number}</Faint>,
              },
              ...columns.map(({ name, type }, index) => ({
                id: String(index),
                head: (
                  <span title={type}>
                    {name} <span className="faint">{type}</span>
                  </span>
                ),
                cell: ({ row }: { readonly row: TableRow }) => <Cell cell={row.cells[index]} />,
              })),
            ]}
          />
        </ScrollRegion>
      )}
    </>
  );
}

function Faint({ children }: { readonly children: number }) {
  return <span className="faint">{children}</span>;
}

function Cell({ cell }: { readonly cell: TableCell | undefined }) {
  if (cell?.text === undefined) return <span className="faint">{words.noValue}</span>;
  return (
    <span title={cell.text}>
      {cell.text}
      {cell.cut && <span className="faint"> … ({words.cut})</span>}
    </span>
  );
}
