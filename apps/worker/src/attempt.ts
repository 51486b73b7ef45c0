import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { type Assignment, type AttemptRef, AttemptRefSchema } from "@tributary/proto/tributary/v1/dispatch_pb";
import { AttemptOutcome, AttemptPhase } from "@tributary/proto/tributary/v1/tasks_pb";
import type { Logger } from "pino";
import { keepArtifacts } from "./artifacts.ts";
import {
  asStepFailure,
  CANCELLED,
  describeEnd,
  type EndDraft,
  endOfProcess,
  failed,
  HANDED_BACK,
  LOST,
  PUT_BACK,
  withLogBytes,
  withMaskedReason,
  withUsage,
} from "./attempt-end.ts";
import { type AttemptFolder, clearAttemptFolder, readInputs } from "./attempt-folder.ts";
import type { AttemptFolders } from "./attempt-folders.ts";
import { attemptKey } from "./attempt-key.ts";
import { AttemptReports } from "./attempt-reports.ts";
import type { AttemptContainer } from "./containers/attempt-container.ts";
import type { Containers } from "./containers/containers.ts";
import type { FailedFolders } from "./failed-folders.ts";
import type { InputCache } from "./input-cache.ts";
import type { AttemptJournal, AttemptRecord, StopCause } from "./journal.ts";
import type { Ended, Started } from "./launcher/launcher.ts";
import type { Launching, ProcessEnd } from "./launching.ts";
import { type Limits, limitsOf } from "./limits.ts";
import type { Gpus } from "./machine/gpus.ts";
import { AttemptOutput } from "./output/attempt-output.ts";
import type { UnsentBudget } from "./output/unsent-budget.ts";
import type { OwnLog } from "./own-log.ts";
import { type Prepared, prepareAttempt } from "./prepare-attempt.ts";
import type { Environments } from "./python/environments.ts";
import type { ReportOutbox } from "./report-outbox.ts";
import { RunningProcess } from "./running-process.ts";
import { readSecrets, type Secrets } from "./secrets.ts";
import type { Slots } from "./slots.ts";
import { StepFailure } from "./step-failure.ts";
import { durationMs } from "./time-limit.ts";
import { abortable, type Uplink } from "./uplink.ts";
import { UsageMeter } from "./usage/usage-meter.ts";
import type { Excess, UsageSampler } from "./usage/usage-sampler.ts";

/** Longest time between SIGTERM and SIGKILL for an attempt that is handed back. */
const HAND_BACK_GRACE_MS = 5_000;
/** How long an attempt that came ahead of its turn waits for a place before it goes back. */
const AHEAD_MS = 500;

/** What all attempts of a worker share. */
export interface AttemptContext {
  readonly uplink: Uplink;
  readonly outbox: ReportOutbox;
  readonly launching: Launching;
  readonly environments: Environments;
  readonly containers: Containers;
  /** The mark of the launcher's folder. */
  readonly scope: string;
  readonly folders: AttemptFolders;
  readonly budget: UnsentBudget;
  readonly usage: UsageSampler;
  readonly failed: FailedFolders;
  readonly slots: Slots;
  readonly gpus: Gpus;
  /** Files that were fetched before; undefined where fetching costs no more than keeping. */
  readonly inputs: InputCache | undefined;
  /** Folder for the sockets of processes that serve models; undefined where none are served. */
  readonly modelSockets: string | undefined;
  /** Processes and threads that an attempt may have unless it asks otherwise; 0 means any number. */
  readonly processes: number;
  readonly log: Logger;
  /** What the worker says itself, and what must not be read in it. */
  readonly ownLog: Pick<OwnLog, "hide">;
  /** The worker stops; attempts stay as they are, for the next one. */
  readonly signal: AbortSignal;
}

/**
 * One attempt, from its assignment (or from what an earlier worker process left of it) to where the server has taken
 * its end and nothing of it is left here.
 */
export class Attempt {
  readonly ref: AttemptRef;
  readonly key: string;
  readonly #context: AttemptContext;
  readonly #folder: AttemptFolder;
  readonly #journal: AttemptJournal;
  readonly #record: AttemptRecord;
  readonly #known: Started | Ended | undefined;
  readonly #output: AttemptOutput;
  readonly #reports: AttemptReports;
  /** Aborted when the worker stops, or the attempt is disowned. */
  readonly #living = new AbortController();
  /** Aborted then, and when the attempt is to end before its time. */
  readonly #going = new AbortController();
  readonly #life = this.#living.signal;
  readonly #limits: Limits;
  /** What it runs in, where it runs in one. */
  readonly #container: AttemptContainer | undefined;
  /** It is not this worker's any more. */
  #disowned = false;
  /** Its process is to end as soon as there is one. */
  #mustEnd = false;
  #meter = new UsageMeter(undefined);
  #process: RunningProcess | undefined;
  #stopping: StopCause | undefined;
  #failure: StepFailure | undefined;
  /** Something of it may still use its folder. */
  #leftSome = false;
  /** The launcher has it. */
  #launched = false;
  /** The launcher was asked for its process, or may have been by an earlier worker. */
  #begun: boolean;
  /** They are taken out of its folder before that goes. */
  #keepsFiles = false;
  #over = false;
  /** Ids of those that it has. */
  #gpus: readonly string[] = [];

  /** @param known - what the launcher has of it, for an attempt of an earlier worker process */
  constructor(
    context: AttemptContext,
    folder: AttemptFolder,
    journal: AttemptJournal,
    record: AttemptRecord,
    known?: Started | Ended,
  ) {
    const ref = record.assignment.attempt ?? create(AttemptRefSchema);
    this.ref = ref;
    this.key = attemptKey(ref);
    this.#context = context;
    this.#folder = folder;
    this.#journal = journal;
    this.#record = record;
    this.#begun = record.starting;
    this.#known = known;
    this.#limits = limitsOf(record.assignment, context.processes);
    this.#container =
      record.assignment.image === "" ? undefined : context.containers.of(this.key, folder.path, record.isNew);
    this.#stopping = record.stopping;
    if (record.stopping) this.#halt(new Error(record.stopping));
    const { outbox, log, signal } = context;
    if (signal.aborted) this.leave(signal.reason);
    const life = this.#life;
    const onRefused = () => this.disown();
    this.#reports = new AttemptReports({ ref, journal, outbox, log, life, onRefused, earlier: record.reports });
    this.#output = this.#openOutput(onRefused);
  }

  /** What it took and has not told yet. */
  get usage(): UsageMeter {
    return this.#meter;
  }

  /** Nothing is left to do but to tell the server: output and end wait on the disk and with the launcher. */
  get isOver(): boolean {
    return this.#over;
  }

  /** Runs the attempt to its end. Never throws; when the worker stops, it returns and leaves everything as it is. */
  async run(): Promise<void> {
    try {
      await this.#runToEnd().catch((error) => this.#giveUp(error));
      await this.#remove();
    } catch (err) {
      if (this.#context.signal.aborted) return this.#close();
      if (!this.#disowned) this.#logFault(err, "an attempt is dropped");
      await this.#discard();
    }
  }

  /** The server asks for the end of the attempt. */
  cancel(): void {
    this.#endEarly("cancelled");
  }

  /** The worker is to stop: the attempt ends, to be tried again by another. */
  handBack(): void {
    this.#endEarly("handed-back");
    const kill = () => this.#process && void this.#context.launching.signal(this.key, "KILL");
    setTimeout(kill, HAND_BACK_GRACE_MS).unref();
  }

  /** The attempt is not this worker's any more: nothing more is reported, and what there is of it goes. */
  disown(): void {
    const reason = new Error("the attempt is not this worker's any more");
    this.#disowned = true;
    this.#living.abort(reason);
    this.#halt(reason);
    this.#process?.end();
  }

  /** The worker stops: everything stays as it is. */
  leave(reason: unknown): void {
    this.#living.abort(reason);
    this.#going.abort(reason);
  }

  /** Sends output again from where the server says. */
  align(keptBytes: bigint): void {
    this.#output.align(keptBytes);
  }

  async #runToEnd(): Promise<void> {
    const reports = this.#reports;
    reports.repeat();
    if (!this.#startsAtOnce && !reports.cameTo(AttemptPhase.ACCEPTED)) reports.phase(AttemptPhase.ACCEPTED);
    if (!reports.earlierEnd) {
      const end = await this.#execute();
      this.#over = true;
      return this.#end(end);
    }
    this.#over = true;
    await abortable(this.#output.delivered(), this.#life);
    await reports.sendEnd(reports.earlierEnd);
  }

  async #end(end: EndDraft): Promise<void> {
    this.#keepFiles(end);
    const bytes = await abortable(this.#output.delivered(), this.#life);
    const draft = this.#failure ? failed(this.#failure) : end;
    const masked = withMaskedReason(draft, (text) => this.#output.masked(text));
    await this.#reports.end(withUsage(withLogBytes(masked, bytes), this.#meter.totals(), this.#meter.tell()));
  }

  async #execute(): Promise<EndDraft> {
    const end = await (this.#record.starting ? this.#adopt() : this.#begin());
    if (end.outcome !== AttemptOutcome.SUCCEEDED) return end;
    try {
      await this.#collect();
      return end;
    } catch (error) {
      return this.#brokenOff(error);
    }
  }

  /** Prepares and starts the process, and waits for its end. */
  async #begin(): Promise<EndDraft> {
    const { signal } = this.#going;
    let release = (): void => undefined;
    try {
      let told: Started | ProcessEnd;
      let prepared: Prepared;
      try {
        if (!this.#isServer) release = await this.#place(signal);
        this.#gpus = this.#context.gpus.take(this.#record.assignment.gpus);
        if (!isPlain(this.#record.assignment)) this.#reports.phase(AttemptPhase.PREPARING);
        prepared = await this.#prepare(signal);
        told = await this.#start(prepared);
      } catch (error) {
        return this.#brokenOff(error);
      }
      const { environment } = prepared;
      this.#reports.phase(AttemptPhase.RUNNING, {
        ...(environment ? { environment: environment.described } : {}),
        // The launcher takes a moment to tell that it was started, in which a short one ends.
        ...(isStarted(told) ? { time: timestampFromMs(told.startedAt) } : {}),
      });
      return await this.#follow(told, (process) => process.read());
    } finally {
      this.#context.gpus.giveBack(this.#gpus);
      release();
    }
  }

  /** Waits for its turn. */
  async #place(signal: AbortSignal): Promise<() => void> {
    const { slots } = this.#context;
    if (!this.#record.assignment.ahead || slots.hasFree) return slots.acquire(signal);
    const timer = setTimeout(() => this.#endEarly("put-back"), AHEAD_MS);
    try {
      return await slots.acquire(signal);
    } finally {
      clearTimeout(timer);
    }
  }

  /** What follows at once, or soon, says more than that it was accepted. */
  get #startsAtOnce(): boolean {
    const { assignment } = this.#record;
    return isPlain(assignment) && (assignment.ahead || this.#context.slots.hasFree);
  }

  /** It stays for as long as it is wanted, and takes no place of what comes and goes. */
  get #isServer(): boolean {
    return this.#record.assignment.command.case === "serveModel";
  }

  async #prepare(signal: AbortSignal): Promise<Prepared> {
    const { uplink, environments, modelSockets, scope } = this.#context;
    const { assignment, isNew } = this.#record;
    // An earlier worker may have been here; nobody else has.
    if (!isNew) await clearAttemptFolder(this.#folder);
    const mask = (secrets: Secrets) => this.#mask(secrets);
    const say = (text: string) => this.#output.say(text);
    const prepared = await prepareAttempt({
      assignment,
      folder: this.#folder,
      uplink,
      environments,
      modelSockets,
      inputs: this.#context.inputs,
      container: this.#container,
      scope,
      limits: this.#limits,
      devices: this.#context.gpus.variables(this.#gpus),
      gpus: this.#gpus,
      signal,
      mask,
      say,
    });
    signal.throwIfAborted();
    return prepared;
  }

  async #start({ argv, env, environment }: Prepared): Promise<Started | ProcessEnd> {
    const { work: cwd, out, err } = this.#folder;
    this.#begun = true;
    this.#journal.starting(environment?.folder, this.#gpus);
    // Of a container the engine sees to it; this is only its client.
    const limits = this.#container ? {} : this.#limits;
    const told = await this.#context.launching.start({ id: this.key, argv, env, cwd, out, err, limits });
    this.#launched = true;
    if (isStarted(told)) this.#journal.started(told);
    return told;
  }

  /** Goes on with a process that an earlier worker started, or was about to. */
  async #adopt(): Promise<EndDraft> {
    const release = this.#isServer ? () => undefined : this.#context.slots.take();
    const known = this.#known;
    const { gpus } = this.#record;
    this.#context.gpus.keep(gpus);
    try {
      if (!known) return await this.#sweep();
      this.#launched = true;
      if (!this.#reports.cameTo(AttemptPhase.RUNNING)) this.#reports.phase(AttemptPhase.RUNNING);
      return await this.#follow(known, (process) => this.#readMasked(process));
    } finally {
      this.#context.gpus.giveBack(gpus);
      release();
    }
  }

  /** The launcher that had started it, if it ever did, is gone. */
  async #sweep(): Promise<EndDraft> {
    const { pid, startTime, groups } = this.#record.started ?? { pid: -1, startTime: 0 };
    this.#leftSome = true;
    await this.#context.launching.sweep([{ id: this.key, pid, startTime, groups }]);
    await this.#container?.remove();
    this.#output.endStreams();
    return LOST;
  }

  /** Reads on where an earlier worker stopped, not before the secrets are here again. */
  async #readMasked(process: RunningProcess): Promise<void> {
    try {
      const secrets = await readSecrets(this.#context.uplink, this.#record.assignment, this.#life);
      this.#mask(secrets);
      const gone = secrets.missing.join(", ");
      if (gone)
        this.#output.say(`The rest of the output is left out, as it could not be masked without the secret ${gone}`);
      process.read(gone !== "");
    } catch (error) {
      this.#life.throwIfAborted();
      this.#fail(asStepFailure(error));
      process.read(true);
    }
  }

  /** Watches a process until nothing of it lives and its output is complete. */
  async #follow(
    told: Started | ProcessEnd,
    read: (process: RunningProcess) => Promise<void> | void,
  ): Promise<EndDraft> {
    // One that could not be started has no pipes.
    if (!isStarted(told)) return await this.#endOf(await this.#context.launching.end(this.key));
    const process = this.#openProcess();
    this.#process = process;
    if (this.#mustEnd) process.end();
    const unwatch = this.#sample(told);
    process.watch(this.#record.assignment.timeLimit, told, () => this.#endEarly("timed-out"));
    try {
      await read(process);
      const end = await process.ended(this.#life);
      this.#output.endStreams();
      return await this.#endOf(end);
    } finally {
      unwatch();
      process.close();
      this.#process = undefined;
    }
  }

  /** Looks at what its process takes. Returns what ends that. */
  #sample({ id, pid, groups, startedAt }: Started): () => void {
    this.#meter = new UsageMeter(this.#known ? undefined : startedAt);
    const [{ path: folder }, meter] = [this.#folder, this.#meter];
    const limits = this.#container ? {} : this.#limits;
    const onExcess = (excess: Excess) => this.#endEarly(excess);
    return this.#context.usage.watch({ id, pid, groups, folder, meter, limits, onExcess });
  }

  async #endOf(processEnd: ProcessEnd): Promise<EndDraft> {
    // One that ended by itself before it could be told to has the end that it had.
    const stopping = this.#record.stopping ?? (this.#process?.wasSignalled ? this.#stopping : undefined);
    const peak = this.#meter.peakMemory;
    const inContainer = await this.#container?.finish(processEnd, stopping !== undefined, this.#limits, peak);
    const { end, failure, note } = inContainer ?? { end: processEnd };
    this.#leftSome = "lost" in end || (end.left ?? 0) > 0;
    const line = describeEnd(end, stopping);
    if (line && !failure) this.#output.say(line);
    if (failure) this.#output.say(failure.message);
    if (note) this.#output.say(note);
    if ("usage" in end) this.#meter.addEnd(end.usage);
    if (failure) return failed(failure);
    return endOfProcess(end, stopping, this.#record.assignment, this.#limits, this.#meter.peakMemory);
  }

  /** Stores the files that are wanted, after a success. */
  async #collect(): Promise<void> {
    const { saveChangedFiles, artifactPaths: paths } = this.#record.assignment;
    if (!saveChangedFiles && paths.length === 0) return;
    this.#reports.phase(AttemptPhase.COLLECTING);
    const inputs = await readInputs(this.#folder);
    const say = (text: string) => this.#output.say(text);
    const { signal } = this.#going;
    const masked = (text: string) => this.#output.masked(text);
    const wish = { folder: this.#folder.work, saveChangedFiles, paths, inputs, say, masked };
    await keepArtifacts(this.#context.uplink, this.ref, wish, signal);
  }

  /** What becomes of an attempt of which no process lives and that cannot go on. @throws when it is not to end but to be left */
  #brokenOff(error: unknown): EndDraft {
    this.#life.throwIfAborted();
    if (this.#stopping === "put-back") return PUT_BACK;
    if (this.#stopping === "handed-back") return { ...HANDED_BACK, notBegun: !this.#begun };
    if (this.#stopping) return CANCELLED;
    const failure = asStepFailure(error);
    if (failure !== error) this.#logFault(error, "an attempt failed for no known reason");
    this.#output.say(failure.message);
    return failed(failure);
  }

  /** A fault of the worker itself: the attempt is ended all the same, and the end told. */
  async #giveUp(err: unknown): Promise<void> {
    this.#life.throwIfAborted();
    this.#logFault(err, "the worker failed at an attempt");
    this.#fail(asStepFailure(err));
    await this.#endProcess(this.#life);
    await this.#end(CANCELLED);
  }

  #endEarly(cause: StopCause): void {
    if (this.#stopping) return;
    this.#stopping = cause;
    this.#journal.stopping(cause);
    this.#halt(new Error(cause));
    // One that takes too much would go on to take more.
    this.#process?.end(cause === "out-of-memory" || cause === "too-many-processes");
  }

  /** The worker's own log is kept too: what an error says may come from a program that knew the secrets. */
  #logFault(error: unknown, what: string): void {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    this.#context.log.error({ attempt: this.key, err: this.#output.masked(text) }, what);
  }

  #fail(failure: StepFailure): void {
    this.#failure ??= failure;
    this.#halt(failure);
    this.#process?.end();
  }

  #halt(reason: Error): void {
    this.#mustEnd = true;
    this.#going.abort(reason);
  }

  #mask({ automaton, values }: Secrets): void {
    this.#context.ownLog.hide(values.map(({ value }) => value));
    if (automaton) this.#output.mask(automaton);
  }

  /** Says where the files of an attempt that its process failed are, so that they can be looked at. */
  #keepFiles({ outcome }: EndDraft): void {
    const failed = outcome === AttemptOutcome.FAILED || outcome === AttemptOutcome.TIMED_OUT;
    if (!failed || !this.#launched || this.#leftSome) return;
    const place = this.#context.failed.placeFor(this.key, this.#folder.path);
    if (!place) return;
    this.#keepsFiles = true;
    this.#output.say(`Its files are kept for a while on the worker's machine, in ${place}`);
  }

  #openProcess(): RunningProcess {
    const graceMs = durationMs(this.#record.assignment.grace);
    const { launching } = this.#context;
    return new RunningProcess({ id: this.key, launching, folder: this.#folder, graceMs, output: this.#output });
  }

  #openOutput(onRefused: () => void): AttemptOutput {
    const { uplink, budget, log } = this.#context;
    return new AttemptOutput({
      uplink,
      budget,
      attempt: this.ref,
      signal: this.#life,
      folder: this.#folder.path,
      isNew: this.#record.isNew,
      shift: this.#record.shift,
      onShift: (shift) => this.#journal.shift(shift),
      onRefused,
      onUndeliverable: (error) => this.#fail(logRefused(error)),
      onSpoolFailed: () =>
        log.warn({ attempt: this.key }, "output cannot be written to the disk and is only in memory"),
      onPressure: (high) => this.#process?.hold(high),
    });
  }

  /** Ends what lives of an attempt that is not this worker's any more. */
  async #discard(): Promise<void> {
    const { signal } = this.#context;
    try {
      await this.#endProcess(signal);
      await this.#remove();
    } catch (err) {
      if (!signal.aborted) this.#logFault(err, "an attempt could not be removed");
      this.#close();
    }
  }

  /** Fulfilled when nothing of the attempt lives. */
  async #endProcess(signal: AbortSignal): Promise<void> {
    if (!this.#launched) return;
    this.#openProcess().end();
    await abortable(this.#context.launching.end(this.key), signal);
    await this.#container?.remove();
  }

  async #remove(): Promise<void> {
    // In this order for the launcher too: whoever has the folder next is started after it has let go of the pipes.
    this.#context.launching.forget(this.key);
    await this.#container?.remove();
    this.#output.close();
    if (this.#keepsFiles) this.#context.failed.keep(this.key, this.#folder.path);
    await this.#context.folders.giveBack(this.#folder, this.#journal.release(), this.#leftSome);
  }

  #close(): void {
    this.#output.close();
    this.#journal.close();
  }
}

function logRefused(error: unknown): StepFailure {
  const why = error instanceof Error ? error.message : String(error);
  return new StepFailure("log-refused", `The server does not take the output: ${why}`, { system: true });
}

/** Nothing has to be brought before its process can start. */
export function isPlain({ hasInputs, python, image, secrets, command }: Assignment): boolean {
  return !hasInputs && !python && image === "" && secrets.length === 0 && command.case !== "serveModel";
}

function isStarted(told: Started | ProcessEnd): told is Started | (Ended & Started) {
  return "pid" in told && told.pid !== undefined;
}
