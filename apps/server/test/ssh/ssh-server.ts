import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

export interface SshServer {
  readonly user: string;
  readonly port: number;
  /** A private key that lets in. */
  readonly key: string;
  /** A private key that does not. */
  readonly strangersKey: string;
  /** `SHA256:…` of the key that it shows. */
  fingerprint(): string;
  /** `ssh://user@127.0.0.1:port/path`. */
  url(path: string): string;
  /** Starts it again at the same port with another host key. */
  changeHostKey(): Promise<void>;
  close(): Promise<void>;
}

/** OpenSSH's own server on the loopback interface, for the user who runs the tests. */
export async function startSshServer(program: string): Promise<SshServer> {
  const folder = await mkdtemp(join(tmpdir(), "tributary-sshd-"));
  const port = await freePort();
  const user = userInfo().username;
  const makeKey = async (name: string) => {
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", name, "-f", join(folder, name)]);
    return readFile(join(folder, name), "utf8");
  };
  const [key, strangersKey] = [await makeKey("user"), await makeKey("stranger")];
  await writeFile(join(folder, "authorized_keys"), await readFile(join(folder, "user.pub")), { mode: 0o600 });
  // As root it wants a place of its own to confine itself to.
  if (process.getuid?.() === 0) await mkdir("/run/sshd", { recursive: true, mode: 0o755 });
  let hostKey = "host0";

  async function start() {
    await makeKey(hostKey);
    const options = [
      "ListenAddress=127.0.0.1",
      `AuthorizedKeysFile=${join(folder, "authorized_keys")}`,
      "PasswordAuthentication=no",
      "KbdInteractiveAuthentication=no",
      "PermitRootLogin=yes",
      "StrictModes=no",
      "UsePAM=no",
      "PidFile=none",
    ];
    const args = ["-D", "-e", "-f", "/dev/null", "-p", String(port), "-h", join(folder, hostKey)];
    const child = spawn(program, [...args, ...options.flatMap((option) => ["-o", option])], { stdio: "ignore" });
    const exited = once(child, "exit");
    await listening(port);
    return async () => {
      child.kill();
      await exited;
    };
  }

  let stop = await start();
  return {
    user,
    port,
    key,
    strangersKey,
    fingerprint: () =>
      execFileSync("ssh-keygen", ["-lf", join(folder, hostKey)], { encoding: "utf8" }).split(" ")[1] ?? "",
    url: (path) => `ssh://${user}@127.0.0.1:${port}${path}`,
    async changeHostKey() {
      await stop();
      hostKey = `${hostKey}x`;
      stop = await start();
    },
    async close() {
      await stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no port is free");
  return address.port;
}

async function listening(port: number): Promise<void> {
  for (let tries = 0; tries < 300; tries++) {
    const socket = connect(port, "127.0.0.1");
    const answered = await once(socket, "data").then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (answered) return;
    await sleep(50);
  }
  throw new Error(`sshd does not answer at port ${port}`);
}
