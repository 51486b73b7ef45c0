/** A place in a sorted list: the sort value and the id of the last row that was told. */
export interface Cursor {
  readonly value: string | number;
  readonly id: number;
}
