import type { View } from "#core/ports/view.ts";

/** What a reader thread is started with. */
export interface ReaderSetting {
  readonly file: string;
  readonly cacheMegabytes: number;
}

/** What a reader can be asked: the views, and the journal's history. */
export type ReadName = keyof View | "entriesAfter";

export interface ReadAsk {
  readonly name: ReadName;
  readonly asked: readonly unknown[];
}

export type ReadAnswer =
  | {
      readonly result: unknown;
      /** The last commit that was seen: the answer may be told when it is durable. */
      readonly commits: number;
    }
  | { readonly failure: string };

/** What the checkpointing thread answers. */
export type CheckpointAnswer = { readonly pages: number } | { readonly failure: string };
