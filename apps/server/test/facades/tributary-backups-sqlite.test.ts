import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createClient } from "@connectrpc/connect";
import { CheckStatus, SystemService } from "@tributary/proto/tributary/v1/system_pb";
import { expect, it } from "vitest";
import { keepObject } from "#core/objects/keep-object.ts";
import { chunked } from "../conformance/object-store.ts";
import { addTasks, sampleTask } from "../conformance/store-samples.ts";
import { rpc, server } from "./suite.ts";

const system = () => createClient(SystemService, server.transport());

rpc("tributary.v1.SystemService.CreateBackup", () => {
  it("tells how far it is, and then what it has made", async () => {
    await addTasks(server.ports.store, [sampleTask(1)]);
    await keepObject(server.ports, chunked(Buffer.alloc(5_000)), 5_000);
    const told = await Array.fromAsync(system().createBackup({}));
    expect(told.map(({ step }) => step)).toEqual(expect.arrayContaining(["database", "mirrors"]));
    const backup = told.at(-1)?.backup;
    expect(backup).toMatchObject({ version: "test", hasObjects: true });
    expect(backup?.bytes).toBeGreaterThan(5_000n);
    expect((await readdir(backup!.path)).sort()).toEqual(["backup.json", "checksums.txt", "objects", "tributary.db"]);
  });

  it("leaves nothing of one whose caller goes away", async () => {
    const stop = new AbortController();
    const messages = system().createBackup({}, { signal: stop.signal })[Symbol.asyncIterator]();
    await messages.next();
    stop.abort();
    await messages.next().catch(() => {});
    // The next one has its turn when the first is over.
    await Array.fromAsync(system().createBackup({}));
    const names = await readdir(join(server.folder, "backups"));
    expect(names.filter((name) => name.endsWith(".unfinished"))).toEqual([]);
  });
});

rpc("tributary.v1.SystemService.ListBackups", () => {
  it("has whole backups, newest first", async () => {
    expect(await system().listBackups({})).toMatchObject({ backups: [], folder: join(server.folder, "backups") });
    const names: (string | undefined)[] = [];
    for (let n = 0; n < 2; n++) {
      names.unshift((await Array.fromAsync(system().createBackup({}))).at(-1)?.backup?.name);
    }
    await mkdir(join(server.folder, "backups", "half.unfinished"));
    await mkdir(join(server.folder, "backups", "foreign"));
    await writeFile(join(server.folder, "backups", "foreign", "backup.json"), "{");
    expect((await system().listBackups({})).backups.map(({ name }) => name)).toEqual(names);
  });
});

rpc("tributary.v1.SystemService.RunChecks", () => {
  it("knows how old the newest backup is", async () => {
    await Array.fromAsync(system().createBackup({}));
    const { checks } = await system().runChecks({});
    const backup = checks.find(({ name }) => name === "backup");
    expect(backup).toMatchObject({ status: CheckStatus.OK, found: "the newest backup is of the last day" });
  });
});
