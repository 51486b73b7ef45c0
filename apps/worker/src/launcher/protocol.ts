/**
 * What the launcher and its client say to each other: one JSON value a line in both directions over a unix socket.
 * Every request carries a number `n` that its reply repeats. Events carry none.
 */

/** Raised with every change that an older launcher or client would misunderstand. */
export const PROTOCOL_VERSION = 1;

/** Signals that may be sent to an attempt. */
export type SignalName = "TERM" | "KILL" | "INT";

/** What is to be started. */
export interface StartAttempt {
  /** Names the attempt; never used twice in one folder. A second start of an id that is not forgotten starts nothing. */
  readonly id: string;
  /** Program and arguments. A name without a slash is searched in the `PATH` of `env`. */
  readonly argv: readonly string[];
  /** Absolute working directory. */
  readonly cwd: string;
  /** The whole environment, but for `TRIBUTARY_ATTEMPT` and `TRIBUTARY_LAUNCHER`, which the launcher sets. */
  readonly env: Readonly<Record<string, string>>;
  /** Absolute path of the named pipe for stdout: made if it is not there, then removed by `forget`. */
  readonly out: string;
  /** The same for stderr; may be the same path. */
  readonly err: string;
  /** What the kernel shall hold it to, where {@link Hello.control} says that it can. */
  readonly limits?: { readonly memoryBytes?: number; readonly pids?: number };
}

/** A process that lives, or of which something still lives. */
export interface Started {
  readonly id: string;
  /** Also the number of its process group and of its session. */
  readonly pid: number;
  /** Names the process together with `pid`: clock ticks since boot (macOS: seconds since 1970). Only for comparison. */
  readonly startTime: number;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  /** Folders of its control groups; absent without limits. */
  readonly groups?: readonly string[];
}

/** How an attempt ended: an exit code (0 to 255), a signal's number, or the reason why it could not be started. */
export type Outcome = { readonly code: number } | { readonly signal: number } | { readonly error: string };

/** The end of an attempt: nothing of it lives any more, but for what `left` counts. */
export type Ended = Outcome & {
  readonly id: string;
  /** When its own process ended, in milliseconds since 1970; what it left behind may have lived a little longer. */
  readonly endedAt: number;
  /** Absent when it could not be started. */
  readonly pid?: number;
  readonly startTime?: number;
  readonly startedAt?: number;
  /**
   * What its process and the children that it waited for used. The memory of a small process reads as the launcher's
   * own (about 12 MB). Absent from the Node launcher.
   */
  readonly usage?: { readonly cpuSeconds: number; readonly maxRssBytes: number };
  /**
   * How many of its processes could not be killed (they belong to another user, or hang in the kernel). They may hold
   * its pipes open, so the end of these may never come.
   */
  readonly left?: number;
  /** Bytes that its pipes still held at its end. Absent from the Node launcher, and from those of earlier versions. */
  readonly unread?: number;
  /** Limits because of which the kernel ended a process (`memory`, in bytes), or refused to make one (`pids`). */
  readonly exceeded?: {
    readonly memory?: { readonly limit: number; readonly peak: number };
    readonly pids?: { readonly limit: number };
  };
};

/** Which limits a launcher can have the kernel keep. */
export interface Control {
  /** The version of control groups; null where there is none that may be used. */
  readonly memory: "v1" | "v2" | null;
  readonly pids: "v1" | "v2" | null;
  /** For each that cannot be limited, why. */
  readonly why: { readonly memory?: string; readonly pids?: string };
  /** Where the groups of its attempts are; removed when it leaves. */
  readonly folders: readonly string[];
}

/** The state of a launcher, as told to a client that connects. */
export interface Hello {
  readonly version: number;
  readonly kind: "python" | "node";
  readonly pid: number;
  readonly startTime: number;
  /** Whether orphans become children of the launcher; otherwise only their environment tells whose they are. */
  readonly adopts: boolean;
  /** Absent from the Node launcher, and from those of earlier versions. */
  readonly control?: Control;
  readonly live: readonly Started[];
  /** Ended and not yet forgotten. */
  readonly ended: readonly Ended[];
}

/** One line from the client. */
export type Request = { readonly n: number } & Ask;

/** A request without its number. `hello` makes its connection the one that is served; the one before is told `replaced`. */
export type Ask =
  | { readonly do: "hello" }
  | { readonly do: "start"; readonly attempt: StartAttempt }
  | { readonly do: "signal"; readonly id: string; readonly signal: SignalName }
  | { readonly do: "forget"; readonly id: string }
  | { readonly do: "shutdown" };

/** What each request is answered with. */
export interface Answers {
  hello: Hello;
  start: Started | Ended;
  signal: boolean;
  forget: null;
  shutdown: null;
}

/** One line from the launcher. `n` is null when a line could not be read far enough to know its number. */
export type Message =
  | { readonly n: number; readonly ok: Answers[keyof Answers] }
  | { readonly n: number | null; readonly refused: string }
  | { readonly event: "ended"; readonly ended: Ended }
  | { readonly event: "replaced" };

/** What a launcher is started with, as one JSON argument. */
export interface LauncherSettings {
  readonly socket: string;
  readonly lock: string;
  readonly log: string;
  /** Tells the processes of this folder from those of any other: the value of `TRIBUTARY_LAUNCHER`. */
  readonly scope: string;
  /** How long it stays with neither attempts nor client. */
  readonly idleSeconds: number;
  /** How long it stays without client for ends that nobody has fetched. */
  readonly keepSeconds: number;
  /** How long what an attempt left behind has between TERM and KILL. */
  readonly graceSeconds: number;
}

/** The exit status of a launcher that found another one serving the socket. */
export const EXIT_ANOTHER_SERVES = 3;
