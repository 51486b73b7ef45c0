import { type Check, fail, ok, warn } from "#core/checks/check.ts";

const gib = 2 ** 30;
const day = 86_400_000;

/** A unix socket's path has room for so many bytes. */
const longestSocketPath = 107;

const inGib = (bytes: number) => `${(bytes / gib).toFixed(1)} GiB`;

export const machineChecks: readonly Check[] = [
  {
    name: "data-folder",
    async run({ machine }) {
      return (await machine.isFolderOpen())
        ? warn(
            `other users of the machine can enter ${machine.dataFolder}`,
            `Take their rights away: chmod 700 ${machine.dataFolder}`,
          )
        : ok(`only the server's user can enter ${machine.dataFolder}`);
    },
  },
  {
    name: "disk-space",
    async run({ machine }) {
      const { total, free } = await machine.disk();
      const found = `${inGib(free)} of ${inGib(total)} are free`;
      const advice = "Make room, or lower what is kept (TRIBUTARY_KEEP_…); a full disk refuses new tasks and logs.";
      if (free < gib / 4) return fail(found, advice);
      return free < 2 * gib || free < total / 20 ? warn(found, advice) : ok(found);
    },
  },
  {
    name: "sync-time",
    async run({ machine }) {
      const { milliseconds } = await machine.trySync();
      const found = `a small write is on the disk after ${milliseconds.toFixed(1)} ms`;
      const advice = "Every answer waits for the disk: put the data folder on a faster, local one.";
      if (milliseconds > 200) return fail(found, advice);
      return milliseconds > 30 ? warn(found, advice) : ok(found);
    },
  },
  {
    name: "clock",
    async run({ machine, clock }) {
      const { fileTime } = await machine.trySync();
      const apart = Math.abs(clock.now() - fileTime) / 1_000;
      return apart > 5
        ? warn(
            `the server's clock and its disk's are ${apart.toFixed(0)} s apart`,
            "Set the clocks by NTP: times in lists and what is removed by age go by them.",
          )
        : ok("the server's clock and its disk's agree");
    },
  },
  {
    name: "programs",
    async run({ machine }) {
      const programs = await machine.programs();
      const found = programs.map(({ name, version }) => `${name} ${version ?? "not found"}`).join(", ");
      const missing = programs.filter(({ version }) => version === undefined).map(({ name }) => name);
      if (missing.includes("git")) return fail(found, "Install git: sources cannot be fetched without it.");
      if (missing.includes("python3")) return warn(found, "Install python3: most tasks need it.");
      if (missing.includes("venv") && missing.includes("uv")) {
        return warn(found, "Install python3-venv, or uv: tasks with packages cannot have their environments made.");
      }
      return missing.includes("uv") ? ok(`${found} (pip is used instead)`) : ok(found);
    },
  },
  {
    name: "socket-path",
    async run({ machine: { socketPathBytes } }) {
      const found = `the path of the workers' socket has ${socketPathBytes} of ${longestSocketPath} bytes`;
      return socketPathBytes > longestSocketPath
        ? fail(found, "Choose a data folder with a shorter path (TRIBUTARY_DATA): workers cannot connect.")
        : ok(found);
    },
  },
  {
    name: "certificate",
    async run({ machine, clock }) {
      const certificate = await machine.certificate();
      if (!certificate) return warn("the TLS certificate cannot be read", "Look at TRIBUTARY_TLS_CERT and its file.");
      const days = Math.floor((certificate.expiresAt - clock.now()) / day);
      const advice = "Renew it and restart the server: clients that check it refuse to connect.";
      if (days < 0) return fail("the TLS certificate has expired", advice);
      const found = `the TLS certificate is good for ${days} more days`;
      return days < 21 ? warn(found, advice) : ok(found);
    },
  },
];
