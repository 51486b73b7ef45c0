import { readFile } from "node:fs/promises";
import { setImmediate as nextTurn } from "node:timers/promises";
import { expect, test } from "vitest";
import { RefusedError } from "#core/errors.ts";
import type { Tx } from "#core/ports/tx.ts";
import type { StoreContext } from "./store-context.ts";
import { addTasks, run, sampleProject, sampleSpec, sampleTask } from "./store-samples.ts";

export function unitTests(context: StoreContext): void {
  const setting = (name: string) => run(context.store, (tx) => tx.settings.get(name));

  test("a unit is given its input and answers its result", async () => {
    const unit = async (tx: Tx, { name, value }: { name: string; value: string }) => {
      await tx.settings.put(name, value);
      return tx.settings.get(name);
    };
    expect(await context.store.transact(unit, { name: "a", value: "1" })).toBe("1");
    expect(await setting("a")).toBe("1");
  });

  test("nothing stays of a unit that throws, and its error is the answer", async () => {
    const refusal = new RefusedError("conflict", "no");
    const unit = run(context.store, async (tx) => {
      await tx.settings.put("a", "1");
      await tx.projects.insert([sampleProject("p")]);
      await tx.journal.append([{ kind: "project-changed", projectId: "p", at: 1 }]);
      throw refusal;
    });
    await expect(unit).rejects.toBe(refusal);
    expect(await setting("a")).toBeUndefined();
    expect((await run(context.store, (tx) => tx.projects.getMany(["p"]))).size).toBe(0);
    expect(context.store.position()).toBe(0);
  });

  test("a unit that throws at once is refused like any other", async () => {
    const unit = () => {
      throw new RefusedError("invalid", "at once");
    };
    await expect(context.store.transact(unit, 0)).rejects.toThrow("at once");
    expect(await setting("a")).toBeUndefined();
  });

  test("units asked for together are kept or refused one by one", async () => {
    const units = Array.from({ length: 60 }, (_, n) =>
      run(context.store, async (tx) => {
        await tx.settings.put(`s${n}`, "set");
        if (n % 3 === 0) throw new RefusedError("conflict", `no ${n}`);
        return n;
      }),
    );
    const outcomes = await Promise.allSettled(units);
    for (const [n, outcome] of outcomes.entries()) {
      expect(outcome.status).toBe(n % 3 === 0 ? "rejected" : "fulfilled");
      expect(await setting(`s${n}`)).toBe(n % 3 === 0 ? undefined : "set");
    }
  });

  test("units see what earlier ones wrote, and count without loss", async () => {
    const increase = async (tx: Tx) => {
      const count = Number((await tx.settings.get("count")) ?? 0) + 1;
      await tx.settings.put("count", String(count));
      return count;
    };
    const counts = await Promise.all(Array.from({ length: 200 }, () => run(context.store, increase)));
    expect(counts.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 200 }, (_, n) => n + 1));
    expect(await setting("count")).toBe("200");
  });

  test("a unit that awaits something else is refused as a fault, rolled back, and keeps nobody waiting", async () => {
    const awaits = [
      () => nextTurn(),
      () => new Promise((resolve) => setTimeout(resolve, 1)),
      () => new Promise(() => {}),
      () => readFile(import.meta.filename),
    ];
    for (const [n, other] of awaits.entries()) {
      const stray = run(context.store, async (tx) => {
        await tx.settings.put(`stray${n}`, "1");
        await other();
        await tx.settings.put(`late${n}`, "1");
      });
      const good = run(context.store, (tx) => tx.settings.put(`good${n}`, "1"));
      await expect(stray).rejects.toThrow(/awaited something/);
      await expect(stray).rejects.not.toBeInstanceOf(RefusedError);
      await good;
      await nextTurn();
      expect(await setting(`stray${n}`)).toBeUndefined();
      expect(await setting(`good${n}`)).toBe("1");
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
    for (const n of awaits.keys()) expect(await setting(`late${n}`)).toBeUndefined();
  });

  test("a transaction is of no use when its unit is over", async () => {
    let kept: Tx | undefined;
    await run(context.store, async (tx) => {
      kept = tx;
    });
    await expect(kept!.settings.put("a", "1")).rejects.toThrow("over");
    await expect(kept!.settings.get("a")).rejects.toThrow("over");
    await expect(kept!.sources.all()).rejects.toThrow("over");
    await expect(kept!.tasks.claim({ free: {}, limit: 1 })).rejects.toThrow("over");
    expect(await setting("a")).toBeUndefined();
  });

  test("a unit in which a write failed is not kept, even when it swallows the failure", async () => {
    await addTasks(context.store, [sampleTask(1)]);
    const unit = run(context.store, async (tx) => {
      await tx.settings.put("a", "1");
      await addTaskAgain(tx).catch(() => {});
      return "fine";
    });
    await expect(unit).rejects.toThrow();
    expect(await setting("a")).toBeUndefined();
  });

  test("units may ask for several things at once", async () => {
    const [a, b] = await run(context.store, async (tx) => {
      await Promise.all([tx.settings.put("a", "1"), tx.settings.put("b", "2")]);
      return Promise.all([tx.settings.get("a"), tx.settings.get("b")]);
    });
    expect([a, b]).toEqual(["1", "2"]);
  });

  test("what was acknowledged is there when the store is opened again", async () => {
    await run(context.store, (tx) => tx.settings.put("a", "1"));
    await context.reopen();
    expect(await setting("a")).toBe("1");
  });

  test("closing finishes the units that wait, and refuses later ones", async () => {
    const units = Array.from({ length: 50 }, (_, n) => run(context.store, (tx) => tx.settings.put(`s${n}`, "1")));
    const closing = context.store.close();
    await expect(run(context.store, (tx) => tx.settings.put("late", "1"))).rejects.toMatchObject({
      refusal: "unavailable",
    });
    await Promise.all(units);
    await closing;
    await context.store.close();
    await context.reopen();
    expect(await setting("s49")).toBe("1");
    expect(await setting("late")).toBeUndefined();
  });
}

function addTaskAgain(tx: Tx): Promise<void> {
  return tx.tasks.insert([{ task: sampleTask(1), spec: sampleSpec }]);
}
