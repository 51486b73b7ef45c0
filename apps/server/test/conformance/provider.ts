import { readdir, readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Instance, Launch, Provider } from "#core/ports/provider.ts";

/** A provider under test, whose flavor `small` is to be had in its first region. */
export interface ProviderUnderTest {
  /** As a server that has just started has it: knows nothing but what the provider keeps. */
  open(): Provider;
  close(): Promise<void>;
}

const waiting = { timeout: 60_000, interval: 100 };
const secret = "trib_not_a_token_but_to_be_kept_like_one";

/** What every adapter of the port does. */
export function providerConformance(technology: string, make: () => Promise<ProviderUnderTest>): void {
  describe(`provider ${technology}`, { timeout: 120_000 }, () => {
    let made: ProviderUnderTest;
    let provider: Provider;
    let region: string;
    const prefix = "tributary-conform-";

    beforeAll(async () => {
      made = await make();
      provider = made.open();
      region = provider.regions[0]?.name ?? "";
    });
    afterAll(async () => {
      await made.close();
    });

    let launches = 0;
    const launch = (changes: Partial<Launch> = {}): Launch => ({
      name: `${prefix}1-${++launches}`,
      flavor: "small",
      region,
      workerId: "provided-of-this-test",
      workerName: "worker of this test",
      slots: 2,
      // Nobody answers there, so that it goes on trying.
      server: "http://127.0.0.1:1",
      token: secret,
      ...changes,
    });
    const find = async (name: string, of = provider): Promise<Instance | undefined> =>
      (await of.list(region, prefix)).find((instance) => instance.name === name);
    const stateOf = async (name: string) => (await find(name))?.state ?? "gone";

    it("tells what it has, and that it can be used", async () => {
      expect(provider.flavors.map(({ name }) => name)).toContain("small");
      expect(provider.regions.length).toBeGreaterThan(0);
      expect(await provider.problem(region)).toBeUndefined();
    });

    it("runs a worker, which another process finds by its name, and ends it with all it has started", async () => {
      const asked = launch();
      await provider.start(asked);
      await expect.poll(() => stateOf(asked.name), waiting).toBe("running");
      const again = made.open();
      const found = await find(asked.name, again);
      expect(found).toMatchObject({ name: asked.name, region, state: "running" });
      expect(found?.place).toMatch(/\d/);
      expect(await again.list(region, "tributary-other-")).toEqual([]);
      await expect.poll(() => provider.readLog(asked), waiting).toContain("the worker runs");
      expect((await linesWith(asked.name)).some((line) => line.includes("--end-attempts"))).toBe(false);

      await again.stop(found!, false);
      await expect.poll(() => stateOf(asked.name), waiting).toMatch(/ended|gone/);
      await expect.poll(() => linesWith(asked.name), waiting).toEqual([]);
      // Once more is no error.
      await provider.stop(found!, false);
      await provider.stop(found!, true);
    });

    it("shows the token on no command line, and in no log", async () => {
      const asked = launch();
      await provider.start(asked);
      await expect.poll(() => provider.readLog(asked), waiting).toContain("the worker runs");
      expect(await linesWith(asked.name)).not.toEqual([]);
      expect(await linesWith(secret)).toEqual([]);
      expect(await provider.readLog(asked)).not.toContain(secret);
      await provider.stop((await find(asked.name))!, false);
      await expect.poll(() => stateOf(asked.name), waiting).toMatch(/ended|gone/);
    });

    it("tells that a program has ended, and keeps what it said", async () => {
      const asked = launch({ server: "gopher://nowhere" });
      await provider.start(asked);
      await expect.poll(() => stateOf(asked.name), waiting).toBe("ended");
      expect((await find(asked.name))?.reason).toBeTruthy();
      await expect.poll(() => provider.readLog(asked), waiting).toContain("gopher://nowhere");
    });

    it("refuses a flavor that it does not have", async () => {
      await expect(provider.start(launch({ flavor: "enormous" }))).rejects.toThrow("enormous");
    });

    it("ends by force what does not end by itself", async () => {
      const asked = launch();
      await provider.start(asked);
      await expect.poll(() => provider.readLog(asked), waiting).toContain("the worker runs");
      const found = (await find(asked.name))!;
      await provider.stop(found, true);
      await expect.poll(() => stateOf(asked.name), waiting).toMatch(/ended|gone/);
    });
  });
}

/** Command lines of this machine's processes that have a text in them. */
async function linesWith(text: string): Promise<readonly string[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")));
  return lines.map((line) => line.replaceAll("\0", " ")).filter((line) => line.includes(text));
}
