import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Launcher } from "../../src/launcher/launcher.ts";
import { kinds, lives, Rig, until } from "./rig.ts";

/** Stands between a client and its launcher, and breaks connections. */
class Relay {
  deaf = false;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(to: string) {
    this.#server = createServer((near) => {
      const far = connect(to);
      for (const socket of [near, far]) {
        this.#sockets.add(socket);
        socket.on("error", () => {});
        socket.on("close", () => [near, far].map((other) => other.destroy()));
      }
      near.on("data", (bytes) => far.write(bytes));
      far.on("data", (bytes) => void (this.deaf || near.write(bytes)));
    });
  }

  static async open(path: string, to: string): Promise<Relay> {
    const relay = new Relay(to);
    relay.#server.listen(path);
    await once(relay.#server, "listening");
    return relay;
  }

  breakAll(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#sockets.clear();
  }

  close(): void {
    this.#server.close();
    this.breakAll();
  }
}

describe.each(kinds)("a broken connection to the %s launcher", (kind) => {
  let rig: Rig;
  let relay: Relay;
  let launcher: Launcher;
  beforeEach(async () => {
    rig = await Rig.open(kind);
    relay = await Relay.open(rig.path("relay"), rig.path("socket"));
    launcher = await rig.reopen({ socketPath: rig.path("relay") });
  });
  afterEach(async () => {
    launcher.close();
    relay.close();
    await rig.close();
  });

  it("is made again, and what was not answered is asked again but not done again", async () => {
    const attempt = rig.attempt("echo once >> count; until [ -e go ]; do sleep 0.01; done; exit 6");
    relay.deaf = true;
    const start = launcher.start(attempt);
    await until(() => readCount() === "once\n", "the attempt is started, but its start is not told");
    relay.deaf = false;
    relay.breakAll();
    expect(await start).toMatchObject({ id: attempt.id });
    expect(readCount()).toBe("once\n");

    const end = rig.end(attempt.id, launcher);
    relay.deaf = true;
    const started = (await start) as { pid: number };
    process.kill(started.pid, "SIGKILL");
    await until(() => !lives(started.pid), "the attempt ends, but its end is not told");
    relay.deaf = false;
    relay.breakAll();
    expect(await end).toMatchObject({ signal: 9 });
    await launcher.forget(attempt.id);
    expect(await launcher.hello()).toMatchObject({ live: [], ended: [] });
  });

  it("counts as lost when nobody listens any more", async () => {
    const attempt = rig.attempt("exec sleep 100");
    const started = await launcher.start(attempt);
    relay.close();
    expect(await launcher.gone).toEqual({ why: "lost", live: [started] });
  });

  it("is not broken by a request that is too large", async () => {
    const attempt = rig.attempt("true", { env: { LARGE: "x".repeat(5_000_000) } });
    await expect(launcher.start(attempt)).rejects.toMatchObject({ code: "refused" });
    const other = rig.attempt("true", { env: { LARGE: "x".repeat(3_000_000) } });
    expect(await launcher.start(other)).toMatchObject({ error: expect.stringMatching(/argument list too long/i) });
  });

  const readCount = () => {
    try {
      return readFileSync(rig.path("count"), "utf8");
    } catch {
      return "";
    }
  };
});
