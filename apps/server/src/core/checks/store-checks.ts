import { type Check, fail, ok, warn } from "#core/checks/check.ts";
import type { Tx } from "#core/ports/tx.ts";
import { getKeyRing } from "#core/secrets/key-ring.ts";

const setting = "check";
/** Tasks are numbered from 1, so this log is nobody's. */
const noTask = 0;
/** Looking through larger tables takes too long to be waited for. */
const largestLookedThrough = 2 ** 29;

function putSetting(tx: Tx, value: string): Promise<void> {
  return tx.settings.put(setting, value);
}

function getSetting(tx: Tx): Promise<string | undefined> {
  return tx.settings.get(setting);
}

async function* once(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield bytes;
}

async function whole(pieces: AsyncIterable<Uint8Array>): Promise<string> {
  let text = "";
  for await (const piece of pieces) text += [...piece].join(",");
  return text;
}

export const storeChecks: readonly Check[] = [
  {
    name: "store",
    async run({ store, clock }) {
      const begun = clock.monotonic();
      const value = String(clock.now());
      await store.transact(putSetting, value);
      const read = await store.transact(getSetting, undefined);
      const took = clock.monotonic() - begun;
      if (read !== value) return fail("the store does not answer what was written", "Restore a backup.");
      const found = `a write and a read took ${took.toFixed(1)} ms`;
      return took > 500 ? warn(found, "Look at the disk, and at what else the machine does.") : ok(found);
    },
  },
  {
    name: "store-integrity",
    async run({ store }) {
      if (store.findDamage === undefined) return ok("the database looks after that itself");
      const size = await store.size();
      if (size > largestLookedThrough) {
        return ok("the tables are too large to be looked through while the server runs; a restored backup is");
      }
      const [first] = await store.findDamage();
      if (first === undefined) return ok("the tables were looked through and are whole");
      return fail(
        `the tables are damaged: ${first}`,
        "Stop the server, keep a copy of the data folder, restore a backup.",
      );
    },
  },
  {
    name: "log-store",
    async run({ logs, random, clock }) {
      const bytes = random.bytes(16);
      await logs.remove(noTask);
      try {
        await logs.append({ taskId: noTask, number: 1 }, 0, [{ stream: "worker", at: clock.now(), bytes }]);
        const [piece] = await logs.read(noTask, 0, 100);
        const isSame = piece !== undefined && [...piece.bytes].join(",") === [...bytes].join(",");
        return isSame
          ? ok("a log was written, read and removed")
          : fail("a log does not have what was written to it", "Look at the disk with the data folder.");
      } finally {
        await logs.remove(noTask);
      }
    },
  },
  {
    name: "object-store",
    async run({ objects, random }) {
      const bytes = random.bytes(32);
      const { hash } = await objects.put(once(bytes));
      try {
        return (await whole(objects.get(hash))) === [...bytes].join(",")
          ? ok(`a file was written, read and deleted in ${objects.place}`)
          : fail(`a file in ${objects.place} does not have what was written to it`, "Look at that place.");
      } finally {
        await objects.delete(hash);
      }
    },
  },
  {
    name: "master-key",
    async run(ports) {
      const { keys, place } = await getKeyRing(ports);
      const missing = keys.filter(({ atHand, values }) => !atHand && values > 0);
      if (missing.length > 0) {
        return fail(
          `${missing.reduce((sum, { values }) => sum + values, 0)} secret values are sealed under keys that are not at hand`,
          `Bring back the keys ${missing.map(({ id }) => id).join(", ")}: they are looked for in ${place}.`,
        );
      }
      return ok("every secret can be opened with the keys at hand");
    },
  },
];
