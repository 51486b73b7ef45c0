import type { Entry, NewEntry } from "#core/journal/entry.ts";
import type { JournalRow } from "./schema.ts";

export function entryRow(position: number, entry: NewEntry): JournalRow {
  return { position, entry: JSON.stringify(entry) };
}

export function entryOf({ position, entry }: JournalRow): Entry {
  return { ...(JSON.parse(entry) as NewEntry), position };
}
