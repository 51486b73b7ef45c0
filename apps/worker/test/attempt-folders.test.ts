import {
  chmodSync,
  closeSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { AttemptFolders } from "../src/attempt-folders.ts";

let root: string;
let folders: AttemptFolders;
beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), "tributary-folders-"));
  for (const name of ["attempts", "spare"]) mkdirSync(join(root, name));
  folders = new AttemptFolders(join(root, "attempts"), join(root, "spare"));
  await folders.prepare(0);
});
afterEach(() => rmSync(root, { recursive: true }));

const inode = (key: string) => lstatSync(folders.of(key).path).ino;

/** What {@link AttemptFolders.giveBack} is given by an attempt that has written to its journal. */
async function use(key: string, act: (path: string) => void = () => undefined): Promise<number> {
  const journal = folders.take(key);
  const { path } = folders.of(key);
  const number = inode(key);
  expect(readFileSync(join(path, "journal"), "utf8")).toBe("");
  if (journal === undefined) writeFileSync(join(path, "journal"), `${key}\n`);
  else writeSync(journal, `${key}\n`);
  act(path);
  await folders.giveBack(folders.of(key), journal, false);
  return number;
}

/** All that there is in a folder that was just taken. */
function contents(key: string): string[] {
  return readdirSync(folders.of(key).path, { recursive: true }).map(String).sort();
}

const empty = ["home", "journal", "log-0000000000000000", "tmp", "work"];

describe("a folder that was left empty", () => {
  test("is the next one's, under its name, with an empty journal", async () => {
    const first = await use("1.1");
    expect(await use("2.1")).toBe(first);

    // Long enough unchanged that this shows by itself.
    await sleep(80);
    for (const key of ["3.1", "4.1", "5.1"]) expect(await use(key)).toBe(first);
  });

  test("keeps the name of the one before for a moment, of which its journal tells nothing", async () => {
    await use("1.1");
    expect(readFileSync(join(folders.of("1.1").path, "journal"), "utf8")).toBe("");
    await use("2.1");
    expect(folders.keys()).toEqual(["2.1"]);
    await expect.poll(() => folders.keys(), { timeout: 15_000 }).toEqual([]);
    expect(await use("3.1")).toBeGreaterThan(0);
    folders.tidy();
    expect(folders.keys()).toEqual([]);
  });

  test("may come back to an attempt of the same name", async () => {
    await Promise.all(["1.1", "2.1", "3.1"].map((key) => use(key)));
    for (const key of ["2.1", "1.1", "3.1"]) expect(await use(key)).toBeGreaterThan(0);
  });

  test("keeps its journal open", async () => {
    await use("1.1");
    const journal = folders.take("2.1");
    if (journal !== undefined) {
      writeSync(journal, "x\n");
      expect(readFileSync(folders.of("2.1").path.concat("/journal"), "utf8")).toBe("x\n");
      closeSync(journal);
    }
  });
});

const changes: Record<string, (path: string) => void> = {
  "a file in the working directory": (path) => writeFileSync(join(path, "work/left"), "x"),
  "a file in the home": (path) => writeFileSync(join(path, "home/.left"), "x"),
  "a file beside them": (path) => writeFileSync(join(path, "left"), "x"),
  "another folder in the place of one": (path) => {
    rmdirSync(join(path, "tmp"));
    mkdirSync(join(path, "other"));
    writeFileSync(join(path, "other/left"), "x");
    renameSync(join(path, "other"), join(path, "tmp"));
  },
  "a link in the place of one": (path) => {
    rmdirSync(join(path, "tmp"));
    symlinkSync("/tmp", join(path, "tmp"));
  },
  "other rights": (path) => chmodSync(join(path, "work"), 0o500),
  "output in the spool": (path) => writeFileSync(join(path, "log-0000000000000000"), "x"),
};

describe.each([0, 80])("what is left after %d ms is not the next one's", (pause) => {
  test.each(Object.keys(changes))("%s", async (name) => {
    await use("1.1");
    await sleep(pause);
    await use("2.1", changes[name]);
    folders.take("3.1");
    expect(contents("3.1").filter((path) => !["out", "err"].includes(path))).toEqual(empty);
    expect(lstatSync(folders.of("3.1").work).mode & 0o777).toBe(0o700);
    expect(lstatSync(folders.of("3.1").tmp).isDirectory()).toBe(true);
    expect(lstatSync(join(folders.of("3.1").path, "log-0000000000000000")).size).toBe(0);
    expect(existsSync(join(root, "attempts/2.1/work/left"))).toBe(false);
  });
});

test("one in which something may live is not used again", async () => {
  const journal = folders.take("1.1");
  await folders.giveBack(folders.of("1.1"), journal, true);
  expect(existsSync(folders.of("1.1").path)).toBe(false);
});
