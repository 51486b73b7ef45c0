import type { Launch } from "#core/ports/provider.ts";

/** How a worker program is started on a machine, wherever that is. */
export interface Pilot {
  /** The worker program and what comes first on its command line. */
  readonly command: readonly string[];
  /** Of the machine: the worker's own folder, which goes when it has ended. */
  readonly data: string;
  /** Environments that workers of one machine share. */
  readonly environments: string;
  readonly launch: Omit<Launch, "token">;
  /** To give away; unset: all that there is. */
  readonly cpu?: string | undefined;
  readonly memory?: string | undefined;
  /** PEM file, on the machine, by which the server may prove who it is; unset: what the machine trusts. */
  readonly ca?: string | undefined;
  readonly labels: Readonly<Record<string, string>>;
  /** File that tells the number of the script's process while it runs, and what it ended with. */
  readonly notes?: { readonly pid: string; readonly status: string };
}

/** Seconds without a server and without attempts after which a worker ends by itself. */
const aloneSeconds = 3_600;
/** Seconds that what runs has when TERM comes, before it is handed back to be tried elsewhere. */
const drainSeconds = 2;
/** Seconds between TERM and KILL for the worker. */
const graceSeconds = 15;

/**
 * A shell script that runs a worker until it ends, or TERM comes, and leaves nothing behind: no attempt, which would
 * outlive the worker, and no file. With `end` it only does the latter, for a script that was killed.
 *
 * The token comes in by TRIBUTARY_TOKEN.
 */
export function pilotScript(pilot: Pilot): string {
  const { data, notes, launch } = pilot;
  return [
    "#!/bin/sh",
    "umask 077",
    `data=${quote(data)}`,
    ...(notes ? [`echo $$ >${quote(`${notes.pid}.new`)} && mv ${quote(`${notes.pid}.new`)} ${quote(notes.pid)}`] : []),
    'mode="$1"',
    `set -- ${pilot.command.concat(argumentsOf(pilot)).map(quote).join(" ")}`,
    "# As nobody knows how one ended that was killed with its script.",
    "status=137",
    'if [ "$mode" != end ]; then',
    '  mkdir -p "$data" || exit 73',
    `  echo ${quote(launch.workerId)} >"$data/worker-id"`,
    '  "$@" &',
    "  worker=$!",
    `  stop() { kill -TERM "$worker"; (sleep ${graceSeconds}; kill -KILL "$worker") >/dev/null 2>&1 & killer=$!; }`,
    "  trap stop TERM INT",
    '  wait "$worker"; status=$?',
    "  # A signal ends the wait, not the worker.",
    '  while kill -0 "$worker" 2>/dev/null; do wait "$worker"; status=$?; done',
    '  [ -z "$killer" ] || kill "$killer" 2>/dev/null',
    "fi",
    'trap "" TERM INT',
    '[ ! -d "$data" ] || "$@" --end-attempts',
    'rm -rf "$data"',
    ...(notes ? [`echo "$status" >${quote(notes.status)}`] : []),
    'exit "$status"',
    "",
  ].join("\n");
}

function argumentsOf({ data, environments, launch, cpu, memory, ca, labels }: Pilot): string[] {
  return [
    ...["--server", launch.server],
    ...["--data", data],
    ...["--environments", environments],
    ...["--name", launch.workerName],
    ...(launch.slots === undefined ? [] : ["--slots", String(launch.slots)]),
    ...(cpu === undefined ? [] : ["--cpu", cpu]),
    ...(memory === undefined ? [] : ["--memory", memory]),
    ...(ca === undefined ? [] : ["--ca", ca]),
    ...Object.entries(labels).flatMap(([key, value]) => ["--label", `${key}=${value}`]),
    ...["--on-stop", "drain"],
    ...["--drain-seconds", String(drainSeconds)],
    ...["--idle-exit", String(aloneSeconds)],
  ];
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
