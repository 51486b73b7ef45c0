/** What kind of machine a provider can give, in its own words. */
export interface Flavor {
  readonly name: string;
  /** What that is, for people: `2 processors, 4 GiB, partition work`. */
  readonly description: string;
  /** Attempts at a time where nobody asks otherwise; unset: one a processor of the machine. */
  readonly slots?: number;
}

/** Where a provider can give it: a place, a cluster. */
export interface Region {
  readonly name: string;
  readonly description: string;
}

/** A worker program that is to be started. */
export interface Launch {
  /** Names this start; no other start ever has the same. Letters, digits and `-`. */
  readonly name: string;
  readonly flavor: string;
  readonly region: string;
  /** What the worker registers as. */
  readonly workerId: string;
  readonly workerName: string;
  /** Attempts at a time; unset: one a processor. */
  readonly slots?: number;
  /** Where it reaches the server. */
  readonly server: string;
  /** Its token: told where no other user of the machine, and no list of processes or jobs, shows it. */
  readonly token: string;
}

/** What a provider has made of a {@link Launch}. */
export interface Instance {
  /** The launch's. */
  readonly name: string;
  readonly region: string;
  /** Names it among all of the provider: `12`. */
  readonly id: string;
  /** `waiting` is for a machine to be free; `ended` may be told for a while, or the instance is not told at all. */
  readonly state: "waiting" | "running" | "ended";
  /** For people: `job 12 on n1`. */
  readonly place: string;
  /** Why it waits, or how it ended, in words for people. */
  readonly reason?: string;
  /** It ended because it was told to, or had nothing to do any more: another start in its place is not what anybody wants. */
  readonly isMeant?: boolean;
}

/** An engine that starts workers on machines. */
export interface Provider {
  readonly name: string;
  /** For people, one sentence. */
  readonly description: string;
  /** Its machines are those of this server alone, whichever others share the store. */
  readonly isOfThisServer: boolean;
  /** The first is taken where nobody asks otherwise. */
  readonly flavors: readonly Flavor[];
  /** The first is taken where nobody asks otherwise. */
  readonly regions: readonly Region[];
  /** Milliseconds between two looks at what has become of its instances. */
  readonly lookEvery: number;

  /** Why it cannot be used there now, in words for people; undefined when it can. */
  problem(region: string): Promise<string | undefined>;

  /**
   * Starts a worker, and answers when the provider has taken it over; it may wait for a machine then. Once answered, the
   * instance is in {@link list}, whatever becomes of this process.
   *
   * @throws Error with what the provider said, in words for people
   */
  start(launch: Launch): Promise<void>;

  /**
   * Instances whose name begins with `prefix`. A start that was interrupted may be told later.
   *
   * @throws Error when that cannot be found out
   */
  list(region: string, prefix: string): Promise<readonly Instance[]>;

  /**
   * Asks it to end, and answers without waiting for that; what it runs is ended too. One that is gone is no error.
   *
   * @param force - it was asked before, and goes on
   */
  stop(instance: Instance, force: boolean): Promise<void>;

  /** The end of what its program has printed, 64 KiB at most; undefined where there is nothing. */
  readLog(launch: { readonly name: string; readonly region: string }): Promise<string | undefined>;
}
