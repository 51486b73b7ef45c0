import type { Worker } from "@tributary/proto/tributary/v1/workers_pb";
import { WhyIdle } from "#pages/parts/why-idle.tsx";
import { WorkerTasks } from "#pages/parts/worker-tasks.tsx";
import { workerStrings } from "#pages/strings/worker-strings.ts";
import { freeSlots } from "#pages/workers/free-slots.ts";

/** Under a worker's row: why its free slots are free, and what it runs. */
export function WorkerDetail({ worker }: { readonly worker: Worker }) {
  const busy = worker.taskIds.length > 0;
  const asks = worker.draining || freeSlots(worker) > 0;
  return (
    <>
      {asks && <WhyIdle worker={worker} />}
      {!asks && !busy && (
        <div className="row-detail worker-detail">
          <p className="dim">{worker.provided?.reason || workerStrings.nothing}</p>
        </div>
      )}
      {busy && (
        <div className="row-detail worker-detail">
          <WorkerTasks workerId={worker.id} running label={workerStrings.runs} />
        </div>
      )}
    </>
  );
}
