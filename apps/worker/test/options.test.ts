import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { homedir, hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readOptions } from "../src/options.ts";
import { toServerAddress } from "../src/server-address.ts";

const least = ["--server", "unix:/run/t.sock", "--data", "w"];

describe("the command line", () => {
  test("has defaults", () => {
    expect(readOptions(least)).toEqual({
      server: { text: "unix:/run/t.sock", isHere: true, isEncrypted: false },
      insecure: false,
      pythons: [],
      folder: "w",
      name: hostname(),
      labels: {},
      offers: {},
      containers: { wanted: "auto", engineOptions: [], containerOptions: [] },
      processes: 4096,
      environmentDays: 30,
      environmentGib: 20,
      inputGib: 10,
      failedHours: 24,
      failedGib: 5,
      idleExitSeconds: 60,
      onStop: "leave",
      drainSeconds: 0,
      endAttempts: false,
    });
  });

  test("takes everything", () => {
    const all = ["--server", "http://127.0.0.1:3342", "--data=w", "--name", "n", "--slots", "3", "--idle-exit", "0"];
    const limits = ["--processes", "0"];
    const engine = ["--containers", "docker", "--container-options= --network none  --init=false"];
    const labels = ["--label", "gpu=yes", "--label", "zone=a=b", "--offer", "agent-jobs=2"];
    expect(readOptions([...all, ...labels, ...limits, ...engine])).toMatchObject({
      name: "n",
      slots: 3,
      processes: 0,
      idleExitSeconds: 0,
      labels: { gpu: "yes", zone: "a=b" },
      offers: { "agent-jobs": 2 },
      containers: { wanted: "docker", containerOptions: ["--network", "none", "--init=false"] },
    });
  });

  test("is for machines elsewhere, too", () => {
    const variables = { TRIBUTARY_SERVER: "tributary.example:3342", TRIBUTARY_TOKEN: " trib_x\n" };
    const given = ["--cpu", "1.5", "--memory", "2Gi", "--python", "/opt/python3.13"];
    expect(readOptions(given, variables)).toMatchObject({
      server: { text: "http://tributary.example:3342", isHere: false, isEncrypted: false },
      token: "trib_x",
      folder: join(homedir(), ".tributary-worker"),
      cpuMillis: 1_500,
      memoryBytes: 2 ** 31,
      pythons: ["/opt/python3.13"],
      idleExitSeconds: 0,
      onStop: "drain",
    });
    const folder = mkdtempSync(join(tmpdir(), "tributary-options-"));
    const file = join(folder, "token");
    writeFileSync(file, "trib_file\n");
    const byFile = { ...variables, TRIBUTARY_TOKEN: "", TRIBUTARY_TOKEN_FILE: file };
    expect(readOptions([], byFile).token).toBe("trib_file");
    expect(readOptions(["--token", "trib_line"], byFile).token).toBe("trib_line");
    rmSync(folder, { recursive: true });
  });

  test.each([
    ["https://[::1]:1", true],
    ["http://127.3.2.1:1", true],
    ["localhost:3342", true],
    ["http://10.0.0.1", false],
    ["http://127.example.org", false],
  ])("%s is here: %s", (text, isHere) => {
    expect(toServerAddress(text).isHere).toBe(isHere);
  });

  test.each([
    [["--data", "w"], "--server is missing"],
    [["--server", "unix:/x"], "--data is missing"],
    [["--server", "http://x:1/api"], '"http://x:1/api" has something behind the port; write http://x:1'],
    [["--server", "https://me:pw@x"], "the token goes into --token"],
    [[...least, "--token-file", "/nowhere"], "--token-file: /nowhere cannot be read"],
    [[...least, "--ca", "/nowhere"], "--ca: /nowhere cannot be read"],
    [[...least, "--memory", "lots"], '--memory: "lots"'],
    [[...least, "--on-stop", "run"], '--on-stop: "run" is neither drain nor leave'],
    [[...least, "--cpu", "0"], '--cpu: "0"'],
    [[...least, "--python", "python3"], '--python: "python3" is not an absolute path'],
    [["--server", "ftp://x", "--data", "w"], '--server: "ftp://x"'],
    [[...least, "--slots", "0"], '--slots: "0"'],
    [[...least, "--slots", "many"], '--slots: "many"'],
    [[...least, "--label", "x"], '--label: "x"'],
    [[...least, "--containers", "lxc"], '--containers: "lxc"'],
    [[...least, "--container-options=-v /a:/a --privileged=true"], "--container-options: --privileged=true is refused"],
    [[...least, "--nonsense"], "--nonsense"],
  ])("%j is refused", (args, message) => {
    expect(() => readOptions(args)).toThrow(message);
  });
});
