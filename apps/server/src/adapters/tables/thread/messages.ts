import type { TableAsk, TableFormat, TablePage } from "#core/ports/tables.ts";

/** What a thread is started with. */
export interface TableWork {
  readonly format: TableFormat;
  readonly size: number;
  readonly ask: TableAsk;
}

/** What the thread asks for, and in the end answers. */
export type FromThread =
  | { readonly kind: "read"; readonly id: number; readonly from: number; readonly to: number }
  | { readonly kind: "page"; readonly page: TablePage };

/** Bytes that the thread has asked for. */
export interface ToThread {
  readonly id: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
}
