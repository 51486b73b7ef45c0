import { type Worker, WorkerService } from "@tributary/proto/tributary/v1/workers_pb";

import { links } from "#pages/links.ts";
import { ActLink } from "#pages/parts/act-link.tsx";
import { useWhyNot } from "#pages/parts/role-words.ts";
import { useDrain } from "#pages/parts/use-drain.ts";
import { workerStrings } from "#pages/strings/worker-strings.ts";
import { Button } from "#ui/button.tsx";

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

function Drain({ worker }: { readonly worker: Worker }) {
  const { drain, busy } = useDrain(worker);
  const whyNot = useWhyNot(WorkerService.method.drainWorker);
  return (
    <Button icon="pause" busy={busy} unavailable={whyNot} onClick={drain}>
      {words.drain}
    </Button>
  );
}

function Resume({ worker }: { readonly worker: Worker }) {
  const { resume, busy } = useDrain(worker);
  const whyNot = useWhyNot(WorkerService.method.resumeWorker);
  return (
    <Button icon="play" busy={busy} unavailable={whyNot} onClick={resume}>
      {words.resume}
    </Button>
  );
}
