import { useState } from "react";

import { type ColumnName, columnNames, usualColumns } from "#pages/task-search.ts";

const key = "tasks.columns";

/** The columns that the address names, else those that the reader chose last, else the usual ones. */
export function useColumns(named: readonly ColumnName[] | undefined): {
  readonly columns: readonly ColumnName[];
  readonly keep: (columns: readonly ColumnName[]) => void;
} {
  const [kept, setKept] = useState(readKept);
  return {
    columns: named ?? kept ?? usualColumns,
    keep: (columns) => {
      const chosen = isUsual(columns) ? undefined : columns;
      setKept(chosen);
      writeKept(chosen);
    },
  };
}

export function isUsual(columns: readonly ColumnName[]): boolean {
  return columns.length === usualColumns.length && usualColumns.every((name) => columns.includes(name));
}

function readKept(): readonly ColumnName[] | undefined {
  try {
    const names = localStorage.getItem(key)?.split(",");
    return names && columnNames.filter((name) => names.includes(name));
  } catch {
    return undefined;
  }
}

function writeKept(columns: readonly ColumnName[] | undefined): void {
  try {
    if (columns === undefined) localStorage.removeItem(key);
    else localStorage.setItem(key, columns.join(","));
  } catch {
    // without storage the choice holds until the page is closed
  }
}
