import { type Worker, WorkerService } from "@tributary/proto/tributary/v1/workers_pb";

import { links } from "#pages/links.ts";
import { ActLink } from "#pages/parts/act-link.tsx";
import { useWhyNot } from "#pages/parts/role-words.ts";
import { workerStrings } from "#pages/strings/worker-strings.ts";
import { useWorkerAct } from "#pages/worker/use-worker-act.ts";
import { Button } from "#ui/button.tsx";
import { showToast } from "#ui/toasts.ts";

const words = workerStrings;

/** What can be done with a worker. */
export function WorkerActs({ worker }: { readonly worker: Worker }) {
  // One that somebody has started comes back by itself, unless it has gone.
  const deletable = worker.provided !== undefined || !worker.online;
  return (
    <>
      {worker.draining ? <Resume worker={worker} /> : worker.online && <Drain worker={worker} />}
      {deletable && (
        <ActLink method={WorkerService.method.deleteWorker} icon="trash" href={links.deleteWorker(worker.id)}>
          {words.remove}
        </ActLink>
      )}
    </>
  );
}

function Drain({ worker: { id, name } }: { readonly worker: Worker }) {
  const done = () => showToast({ title: words.drained(name), text: words.drainedText, state: "paused" });
  const drain = useWorkerAct(WorkerService.method.drainWorker, { failed: words.drainFailed, done });
  const whyNot = useWhyNot(WorkerService.method.drainWorker);
  return (
    <Button icon="pause" busy={drain.isPending} unavailable={whyNot} onClick={() => drain.mutate({ id })}>
      {words.drain}
    </Button>
  );
}

function Resume({ worker: { id } }: { readonly worker: Worker }) {
  const resume = useWorkerAct(WorkerService.method.resumeWorker, { failed: words.resumeFailed });
  const whyNot = useWhyNot(WorkerService.method.resumeWorker);
  return (
    <Button icon="play" busy={resume.isPending} unavailable={whyNot} onClick={() => resume.mutate({ id })}>
      {words.resume}
    </Button>
  );
}
