import fc from "fast-check";
import { expect, test } from "vitest";
import { SortedIds } from "./sorted-ids.ts";

type Entry = readonly [time: number, id: number];

const compare = ([timeA, idA]: Entry, [timeB, idB]: Entry) => timeA - timeB || idA - idB;

function drain(ids: SortedIds): Entry[] {
  const entries: Entry[] = [];
  while (ids.size > 0) {
    entries.push([ids.firstTime(), ids.firstId()]);
    ids.deleteFirst();
  }
  return entries;
}

test("entries added in any order and deleted here and there come out in order", () => {
  const step = fc.record({ time: fc.integer({ min: 0, max: 30 }), gone: fc.boolean(), first: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
      const ids = new SortedIds();
      let model: Entry[] = [];
      for (const [id, { time, gone, first }] of steps.entries()) {
        ids.add(time, id);
        model.push([time, id]);
        model.sort(compare);
        if (gone) {
          const victim = model[(id * 7) % model.length]!;
          expect(ids.delete(...victim)).toBe(true);
          expect(ids.delete(...victim)).toBe(false);
          model = model.filter((entry) => entry !== victim);
        }
        if (first && ids.size > 0) {
          ids.deleteFirst();
          model.shift();
        }
        expect(ids.size).toBe(model.length);
      }
      expect(drain(ids)).toEqual(model);
    }),
  );
});

test("many entries, added in order, backwards and at random", () => {
  const count = 20_000;
  for (const timeOf of [(n: number) => n, (n: number) => count - n, (n: number) => (n * 7_919) % 1_009]) {
    const ids = new SortedIds();
    const model: Entry[] = [];
    for (let id = 0; id < count; id += 1) {
      ids.add(timeOf(id), id);
      if (id % 3 > 0) model.push([timeOf(id), id]);
    }
    for (let id = 0; id < count; id += 3) expect(ids.delete(timeOf(id), id)).toBe(true);
    expect(drain(ids)).toEqual(model.sort(compare));
  }
});

test("ids and times as large as they get", () => {
  const ids = new SortedIds();
  ids.add(Date.UTC(2200, 0), 2 ** 32 - 1);
  expect([ids.firstTime(), ids.firstId()]).toEqual([Date.UTC(2200, 0), 2 ** 32 - 1]);
});
