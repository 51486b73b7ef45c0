import { describe, expect, test } from "vitest";
import type { Store } from "#core/ports/store.ts";
import type { Tx } from "#core/ports/tx.ts";
import { newStorePlace, storeKind } from "#test/store-place.ts";
import { faultOf, follow, numbersFrom } from "./journal-history.ts";

const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));

/** Unit of work: so many entries, told apart by numbers. */
async function append(tx: Tx, numbers: readonly number[]): Promise<number> {
  return tx.journal.append(numbers.map((at) => ({ kind: "worker-changed", workerId: "w", at })));
}

/** Writes until it has written so much, some of it in units that are not kept; notes what is where. */
async function write(
  store: Store,
  next: () => number,
  count: number,
  writer: number,
  written: Map<number, number>,
): Promise<void> {
  let number = writer * 1_000_000;
  for (let done = 0; done < count; ) {
    const numbers = Array.from({ length: 1 + Math.floor(next() * 20) }, () => ++number);
    const isKept = next() > 0.15;
    const unit = async (tx: Tx) => {
      const last = await append(tx, numbers);
      if (!isKept) throw new Error("not kept");
      return last;
    };
    const last = await store.transact(unit, undefined).catch((error: Error) => {
      if (error.message !== "not kept") throw error;
    });
    if (last === undefined) continue;
    done += numbers.length;
    numbers.forEach((at, index) => {
      const position = last - numbers.length + 1 + index;
      if (written.has(position)) throw new Error(`position ${position} was given twice`);
      written.set(position, at);
    });
  }
}

async function trimNowAndThen(store: Store, next: () => number, isOver: () => boolean): Promise<number> {
  let trims = 0;
  while (!isOver()) {
    await new Promise((resolve) => setTimeout(resolve, 20 + next() * 60));
    await store.trim(Math.max(1, Math.floor(store.position() * (0.3 + next() * 0.6))));
    trims += 1;
  }
  return trims;
}

describe(`followers of a journal, seed ${seed}`, () => {
  // One server has an embedded store for itself; a database is shared by several.
  const servers = storeKind() === "postgres" ? 3 : 1;

  test.each([
    ["which is kept whole", false],
    ["which is trimmed", true],
  ])(
    "are told all of it in order, once, while many write, %s",
    async (_, trims) => {
      const next = numbersFrom(seed + (trims ? 1 : 0));
      const place = await newStorePlace();
      const stores = await Promise.all(Array.from({ length: servers }, () => place.open()));
      const written = new Map<number, number>();
      const each = 1_500;
      let end: number | undefined;
      const ofServer = (n: number) => stores[n % servers]!;
      const followers = Array.from({ length: 9 }, (_unused, n) =>
        follow(ofServer(n), numbersFrom(seed + n), 0, () => end),
      );
      const writers = Array.from({ length: 6 }, (_unused, n) =>
        write(ofServer(n), numbersFrom(seed + 100 + n), each, n + 1, written),
      );
      const trimming = trims ? trimNowAndThen(ofServer(1), next, () => end !== undefined) : Promise.resolve(0);
      await Promise.all(writers);
      const total = written.size;
      expect([...written.keys()].sort((a, b) => a - b)).toEqual(Array.from({ length: total }, (_unused, n) => n + 1));
      end = total;
      const histories = (await Promise.all(followers)).flat();
      await trimming;
      expect(histories.map((history) => faultOf(history, written)).filter((fault) => fault !== undefined)).toEqual([]);
      if (!trims) {
        expect(histories).toHaveLength(9);
        for (const { entries } of histories) expect(entries).toHaveLength(total);
      } else {
        const late = follow(ofServer(2), next, 0, () => end);
        await expect(late.then(([first]) => first?.entries)).resolves.toEqual([]);
      }
      for (const store of stores) await store.close();
      await place.remove();
    },
    120_000,
  );
});
