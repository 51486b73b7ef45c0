import { hostname } from "node:os";
import { describe, expect, test } from "vitest";
import { readOptions } from "../src/options.ts";

const least = ["--server", "unix:/run/t.sock", "--folder", "w"];

describe("the command line", () => {
  test("has defaults", () => {
    expect(readOptions(least)).toEqual({
      server: "unix:/run/t.sock",
      folder: "w",
      name: hostname(),
      labels: {},
      offers: {},
      processes: 4096,
      environmentDays: 30,
      environmentGib: 20,
      failedHours: 24,
      failedGib: 5,
      idleExitSeconds: 60,
    });
  });

  test("takes everything", () => {
    const all = ["--server", "http://127.0.0.1:3342", "--folder=w", "--name", "n", "--slots", "3", "--idle-exit", "0"];
    const limits = ["--processes", "0"];
    const labels = ["--labels", "gpu=yes", "--labels", "zone=a=b", "--offers", "agent-jobs=2"];
    expect(readOptions([...all, ...labels, ...limits])).toMatchObject({
      name: "n",
      slots: 3,
      processes: 0,
      idleExitSeconds: 0,
      labels: { gpu: "yes", zone: "a=b" },
      offers: { "agent-jobs": 2 },
    });
  });

  test.each([
    [["--folder", "w"], "--server is missing"],
    [["--server", "http://x:1"], "--folder is missing"],
    [["--server", "ftp://x", "--folder", "w"], '--server: "ftp://x"'],
    [[...least, "--slots", "0"], '--slots: "0"'],
    [[...least, "--slots", "many"], '--slots: "many"'],
    [[...least, "--labels", "x"], '--labels: "x"'],
    [[...least, "--nonsense"], "--nonsense"],
  ])("%j is refused", (args, message) => {
    expect(() => readOptions(args)).toThrow(message);
  });
});
