import { type Check, fail, ok, warn } from "#core/checks/check.ts";
import { lastSweeps } from "#core/retention/sweep-result.ts";

const day = 86_400_000;

function span(milliseconds: number): string {
  const minutes = Math.round(milliseconds / 60_000);
  return minutes < 120 ? `${minutes} min` : `${Math.round(minutes / 60)} h`;
}

export const workChecks: readonly Check[] = [
  {
    name: "workers",
    async run({ store }) {
      const { workers } = await store.view.listWorkers();
      const online = workers.filter(({ worker }) => worker.online).map(({ worker }) => worker);
      if (online.length === 0) {
        return fail("no worker is online", "See worker/worker.log in the data folder: tasks wait until one is there.");
      }
      return ok(online.map(({ name, version, slots }) => `${name} (version ${version}, ${slots} slots)`).join(", "));
    },
  },
  {
    name: "launcher",
    async run({ machine }) {
      const answers = await machine.launcherAnswers();
      if (answers === undefined) return ok("has not been needed yet, or its socket is elsewhere");
      return answers
        ? ok("the program that starts processes on this machine answers")
        : warn(
            "the program that starts processes on this machine does not answer",
            "The worker starts another when it needs one; see worker/worker.log if tasks do not start.",
          );
    },
  },
  {
    name: "sources",
    async run({ store }) {
      const { sources } = await store.view.listSources();
      const failing = sources.filter(({ settledState }) => settledState === "error");
      if (failing.length === 0) return ok(`none of ${sources.length} fails`);
      const named = failing.slice(0, 3).map(({ settings }) => settings.repository);
      return warn(
        `${failing.length} of ${sources.length} cannot be synced: ${named.join(", ")}`,
        "Each says why on the page Sources.",
      );
    },
  },
  {
    name: "sweep",
    async run(ports) {
      const { clock, retention } = ports;
      const last = (await lastSweeps(ports))?.last;
      if (!last) return warn("nothing has been swept yet", "The first sweep comes within a minute of the start.");
      const ago = Math.max(0, clock.now() - last.endedAt);
      const [problem] = last.problems;
      if (problem !== undefined) return warn(`the last sweep had a problem: ${problem}`, "See the server's log.");
      return ago > 3 * retention.sweepEvery
        ? warn(`the last sweep was ${span(ago)} ago`, "See the server's log; SweepNow sweeps at once.")
        : ok(`the last sweep was ${span(ago)} ago`);
    },
  },
  {
    name: "backup",
    async run({ backups, clock, store }) {
      if (store.backup === undefined) return ok("backups are made with pg_dump, which this server does not see");
      const [newest] = await backups.list();
      const advice = "Make one, and keep it on another machine; the master key apart.";
      if (!newest) return warn(`there is no backup in ${backups.place}`, advice);
      const days = Math.floor(Math.max(0, clock.now() - newest.createdAt) / day);
      return days > 7
        ? warn(`the newest backup is ${days} days old`, advice)
        : ok(days === 0 ? "the newest backup is of the last day" : `the newest backup is ${days} days old`);
    },
  },
];
