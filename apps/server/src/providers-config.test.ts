import { describe, expect, it } from "vitest";
import { ConfigError, readConfig } from "#server/config.ts";

const read = (providers: unknown) =>
  readConfig({ TRIBUTARY_PROVIDERS: typeof providers === "string" ? providers : JSON.stringify(providers) });

describe("TRIBUTARY_PROVIDERS", () => {
  it("describes flavors and regions, with what is usual for the rest", () => {
    expect(readConfig({}).providers).toEqual({});
    const slurm = {
      flavors: [
        { name: "small", memory: "1.5Gi" },
        { name: "big", cpus: 8, options: ["--account=lab"] },
      ],
    };
    expect(read({ slurm }).providers.slurm).toMatchObject({
      flavors: [
        { name: "small", cpus: 1, memory: 1536, options: [] },
        { name: "big", cpus: 8, options: ["--account=lab"] },
      ],
      regions: [{ name: "default" }],
      folder: "/tmp/tributary",
      look_seconds: 5,
    });
  });

  it.each([
    [{ slurm: { flavors: [] } }, /TRIBUTARY_PROVIDERS {2}slurm\.flavors {2}/],
    [{ slurm: { flavors: [{ name: "a" }, { name: "a" }] } }, /slurm\.flavors {2}has a name twice/],
    [{ slurm: { flavors: [{ name: "a", memory: "much" }] } }, /slurm\.flavors\[0\]\.memory {2}must be a size/],
    [{ slurm: { flavors: [{ name: "a", partition: "--wrap=x" }] } }, /partition {2}must be one word/],
    [{ slurm: { flavors: [{ name: "a" }], folder: "here" } }, /slurm\.folder {2}must be an absolute path/],
    [{ local: { flavors: [{ name: "a", slots: 0 }] } }, /local\.flavors\[0\]\.slots/],
    [{ kubernetes: {} }, /kubernetes/],
    ["{ not: [closed", /neither YAML nor JSON/],
    ["/nowhere/providers.yaml", /cannot be read/],
  ])("refuses %j and names the place", (providers, why) => {
    expect(() => read(providers)).toThrow(ConfigError);
    expect(() => read(providers)).toThrow(why);
  });

  it("tells of every place at once", () => {
    const wrong = { slurm: { flavors: [{ name: "a b", cpus: 0 }], look_seconds: 0 } };
    expect(() => read(wrong)).toThrow(/\[0\]\.name.*\[0\]\.cpus.*look_seconds/s);
  });
});
