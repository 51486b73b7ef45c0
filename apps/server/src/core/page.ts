/** A place in a sorted list: the sort value and the id of the last row that was told. */
export interface Cursor {
  readonly value: string | number;
  readonly id: number;
  /** How many rows the list had, and when, so that later pages need not count again. */
  readonly counted?: Counted;
}

export interface Counted {
  readonly total: number;
  /** Of the journal, when they were counted. */
  readonly position: number;
}
