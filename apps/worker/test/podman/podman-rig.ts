import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const APPLETS = ["sh", "echo", "cat", "sleep", "env", "id", "kill", "head", "printf", "pwd", "tr", "mkdir", "rm"];

/** Own images and containers in a folder that goes with the tests, of a podman that runs as root. */
export class PodmanRig {
  readonly root = mkdtempSync(join(tmpdir(), "tributary-podman-"));
  readonly image = "localhost/tiny:1";
  readonly engineOptions = [
    ...["--runtime", "runc"],
    "--cgroup-manager=cgroupfs",
    ...["--root", join(this.root, "store")],
    ...["--runroot", join(this.root, "run")],
    ...["--tmpdir", join(this.root, "tmp")],
  ];
  readonly containerOptions = ["--network=none", "--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1024:1024"];

  /** Makes the image: a shell and little else. */
  makeImage(): void {
    const files = join(this.root, "files");
    mkdirSync(join(files, "bin"), { recursive: true });
    mkdirSync(join(files, "tmp"));
    copyFileSync(process.env.BUSYBOX ?? "/bin/busybox", join(files, "bin/busybox"));
    for (const applet of APPLETS) symlinkSync("busybox", join(files, "bin", applet));
    execFileSync("tar", ["-C", files, "-cf", join(this.root, "files.tar"), "."]);
    this.podman("import", join(this.root, "files.tar"), this.image);
  }

  podman(...args: readonly string[]): string {
    return execFileSync("podman", [...this.engineOptions, ...args], { encoding: "utf8", stdio: "pipe" });
  }

  /** Names of all containers, running or not. */
  containers(): string[] {
    return this.podman("ps", "--all", "--format", "{{.Names}}").split("\n").filter(Boolean);
  }

  /** What a worker is started with. */
  workerArguments(more: readonly string[] = []): string[] {
    return [
      ...["--containers", "podman"],
      `--engine-options=${this.engineOptions.join(" ")}`,
      `--container-options=${[...this.containerOptions, ...more].join(" ")}`,
    ];
  }

  close(): void {
    this.podman("rm", "--all", "--force", "--time", "0");
    rmSync(this.root, { recursive: true, force: true, maxRetries: 3 });
  }
}
