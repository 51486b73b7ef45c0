import { useMutation, useQuery } from "@connectrpc/connect-query";
import {
  type TaskBatch,
  TaskBatchAct,
  TaskBatchService,
  TaskBatchState,
} from "@tributary/proto/tributary/v1/task_batches_pb";
import { useState } from "react";

import { toSentence } from "#api/errors.ts";
import { toMs } from "#api/time.ts";
import { formatCount } from "#lib/format.ts";
import { links } from "#pages/links.ts";
import { LoadError } from "#pages/parts/load-error.tsx";
import { useWhyNot } from "#pages/parts/role-words.ts";
import { tasksStrings } from "#pages/strings/tasks-strings.ts";
import { Button, IconButton } from "#ui/button.tsx";
import { Dialog } from "#ui/dialog.tsx";
import { Link } from "#ui/link.tsx";
import { Meter } from "#ui/meter.tsx";
import { RelativeTime } from "#ui/relative-time.tsx";
import { StateGlyph } from "#ui/state-glyph.tsx";
import { showToast } from "#ui/toasts.ts";
import "#pages/tasks/batch-notes.css";

const words = tasksStrings.batch;
/** One that has ended is news for so long, in milliseconds. */
const news = 600_000;
/** Between two looks at one that runs, where the watch tells nothing of it. */
const look = 1_500;
const mostNotes = 4;

/** What is being done with many tasks, by anybody, and what has been lately. */
export function BatchNotes() {
  const [dismissed, setDismissed] = useState(readDismissed);
  const { data } = useQuery(
    TaskBatchService.method.listTaskBatches,
    {},
    { refetchInterval: ({ state }) => (state.data?.batches.some(isRunning) ? look : false) },
  );
  const shown = (data?.batches ?? [])
    .filter((batch) => isRunning(batch) || (!dismissed.has(batch.id) && isNews(batch)))
    .slice(0, mostNotes);
  if (shown.length === 0) return null;
  const dismiss = (id: string) => {
    const next = new Set([...dismissed, id]);
    setDismissed(next);
    keepDismissed(next);
  };
  return (
    <section className="batches" aria-label={words.region}>
      {shown.map((batch) => (
        <BatchNote key={batch.id} batch={batch} onDismiss={() => dismiss(batch.id)} />
      ))}
    </section>
  );
}

function BatchNote({ batch, onDismiss }: { readonly batch: TaskBatch; readonly onDismiss: () => void }) {
  const [asking, setAsking] = useState(false);
  const running = isRunning(batch);
  const touched = batch.done + batch.refused;
  const state = running ? "running" : batch.refused > 0 ? "problem" : "succeeded";
  const at = toMs(batch.endTime) ?? toMs(batch.createTime);
  return (
    <div className="batch">
      <StateGlyph state={state} />
      <b className="medium">{verbOf(batch)}</b>
      <span>{running ? words.of(formatCount(touched), expectedOf(batch)) : words.tasks(formatCount(batch.done))}</span>
      {running && (
        <Meter label={words.progress} used={batch.expected === 0 ? 1 : touched / batch.expected} width={96} />
      )}
      {batch.refused > 0 && <span className="s-problem">{words.refused(formatCount(batch.refused))}</span>}
      <span className="dim cut">
        {words.by(batch.creator)} · {at !== undefined && <RelativeTime at={at} />}
      </span>
      <span className="grow" />
      {batch.refused > 0 && (
        <Button size="small" onClick={() => setAsking(true)}>
          {words.why}
        </Button>
      )}
      {running ? (
        <StopBatch id={batch.id} />
      ) : (
        <IconButton size="small" icon="close" label={words.dismiss} onClick={onDismiss} />
      )}
      {asking && <Refusals batch={batch} onClose={() => setAsking(false)} />}
    </div>
  );
}

function StopBatch({ id }: { readonly id: string }) {
  const whyNot = useWhyNot(TaskBatchService.method.stopTaskBatch);
  const stop = useMutation(TaskBatchService.method.stopTaskBatch, {
    onError: (error) => showToast({ title: words.stop, text: toSentence(error), state: "problem" }),
  });
  return (
    <Button size="small" icon="stop" busy={stop.isPending} unavailable={whyNot} onClick={() => stop.mutate({ id })}>
      {words.stop}
    </Button>
  );
}

/** Which tasks refused, and why each did. */
function Refusals({ batch, onClose }: { readonly batch: TaskBatch; readonly onClose: () => void }) {
  const { data, error, refetch, isRefetching } = useQuery(TaskBatchService.method.getTaskBatch, { id: batch.id });
  const count = data?.refusals.length ?? 0;
  return (
    <Dialog
      open
      wide
      title={words.refusalsTitle(formatCount(batch.refused))}
      lead={words.refusalsLead}
      note={count < batch.refused && count > 0 ? words.mostShown(formatCount(count)) : undefined}
      onClose={onClose}
      actions={<Button onClick={onClose}>{words.dismiss}</Button>}
    >
      {error && <LoadError error={error} busy={isRefetching} onRetry={() => void refetch()} />}
      <dl className="refusals">
        {data?.refusals.map(({ taskId, message }) => (
          <div key={taskId}>
            <dt>
              <Link href={links.task(taskId)}>#{taskId}</Link>
            </dt>
            <dd>{message}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}

function isRunning({ state }: TaskBatch): boolean {
  return state === TaskBatchState.RUNNING;
}

function isNews({ endTime }: TaskBatch): boolean {
  return (toMs(endTime) ?? 0) > Date.now() - news;
}

function verbOf({ act, state }: TaskBatch): string {
  const verbs = act === TaskBatchAct.RETRY ? words.retry : words.cancel;
  if (state === TaskBatchState.RUNNING) return verbs.running;
  return state === TaskBatchState.STOPPED ? verbs.stopped : verbs.done;
}

function expectedOf({ expected, expectedIsMinimum }: TaskBatch): string {
  return expectedIsMinimum ? tasksStrings.atLeast(formatCount(expected)) : formatCount(expected);
}

const key = "tasks.batches.dismissed";
const mostDismissed = 100;

function readDismissed(): ReadonlySet<string> {
  try {
    return new Set((localStorage.getItem(key) ?? "").split(","));
  } catch {
    return new Set();
  }
}

function keepDismissed(ids: ReadonlySet<string>): void {
  try {
    localStorage.setItem(key, [...ids].slice(-mostDismissed).join(","));
  } catch {
    // without storage they come back with the page
  }
}
