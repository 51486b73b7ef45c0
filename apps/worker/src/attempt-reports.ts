import { setTimeout as sleep } from "node:timers/promises";
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { timestampNow } from "@bufbuild/protobuf/wkt";
import {
  type AttemptEnd,
  type AttemptRef,
  type AttemptReport,
  AttemptReportSchema,
} from "@tributary/proto/tributary/v1/dispatch_pb";
import { AttemptPhase } from "@tributary/proto/tributary/v1/tasks_pb";
import type { Logger } from "pino";
import { attemptKey } from "./attempt-key.ts";
import type { AttemptJournal } from "./journal.ts";
import type { ReportOutbox } from "./report-outbox.ts";
import { abortable } from "./uplink.ts";

interface AttemptReportsOptions {
  readonly ref: AttemptRef;
  readonly journal: Pick<AttemptJournal, "report" | "flush">;
  readonly outbox: Pick<ReportOutbox, "send">;
  readonly log: Logger;
  /** Fires when nothing is to be reported any more. */
  readonly life: AbortSignal;
  /** What an earlier worker process reported, in order. */
  readonly earlier: readonly AttemptReport[];
  /** The attempt is not this worker's any more. */
  readonly onRefused: () => void;
}

const PAUSE_MS = 30_000;

/** What one attempt reports: numbered, in the journal before it is told, told until it is answered. */
export class AttemptReports {
  readonly #options: AttemptReportsOptions;
  #sequence: number;

  constructor(options: AttemptReportsOptions) {
    this.#options = options;
    this.#sequence = options.earlier.at(-1)?.sequence ?? 0;
  }

  /** The end that an earlier worker process reported, maybe without being heard. */
  get earlierEnd(): AttemptReport | undefined {
    return this.#options.earlier.find(({ end }) => end !== undefined);
  }

  /** Whether an earlier worker process came as far as this phase. */
  cameTo(phase: AttemptPhase): boolean {
    return this.#options.earlier.some((report) => report.phase >= phase);
  }

  /** Tells again the phases that an earlier worker process reported, as nobody knows whether they were heard. */
  repeat(): void {
    for (const report of this.#options.earlier) if (!report.end) this.#send(report);
  }

  /**
   * Reports a phase; does not wait for the answer.
   *
   * @param more - what is told with it; `time` is when it came to the phase, now unless told
   */
  phase(
    phase: AttemptPhase,
    more: Pick<MessageInitShape<typeof AttemptReportSchema>, "environment" | "time"> = {},
  ): void {
    this.#send(this.#next(phase, more));
  }

  /**
   * Reports the end. Fulfilled when it is answered, accepted or not: the server then knows of it, or the attempt was
   * none of this worker's.
   *
   * @throws the reason of `life`
   */
  async end(end: AttemptEnd): Promise<void> {
    await this.sendEnd(this.#next(AttemptPhase.ENDED, { end }));
  }

  /** As {@link end}, for a report that was made before. */
  async sendEnd(report: AttemptReport): Promise<void> {
    const { outbox, journal, life, log } = this.#options;
    for (;;) {
      try {
        await abortable(
          outbox.send(report, () => journal.flush()),
          life,
        );
        return;
      } catch (err) {
        life.throwIfAborted();
        log.error({ attempt: attemptKey(report.attempt), err }, "the end of an attempt is not taken; it is told again");
        await sleep(PAUSE_MS, undefined, { signal: life });
      }
    }
  }

  #next(phase: AttemptPhase, more: MessageInitShape<typeof AttemptReportSchema>): AttemptReport {
    const sequence = ++this.#sequence;
    const report = create(AttemptReportSchema, {
      attempt: this.#options.ref,
      sequence,
      phase,
      time: timestampNow(),
      ...more,
    });
    this.#options.journal.report(report);
    return report;
  }

  #send(report: AttemptReport): void {
    const { outbox, journal, life, log, onRefused } = this.#options;
    outbox
      .send(report, () => journal.flush())
      .then(
        (accepted) => {
          if (!accepted) onRefused();
        },
        (err) => {
          if (!life.aborted) log.error({ attempt: attemptKey(report.attempt), err }, "a report is not taken");
        },
      );
  }
}
