import { type Worker, WorkerService } from "@tributary/proto/tributary/v1/workers_pb";

import { links } from "#pages/links.ts";
import { useWhyNot } from "#pages/parts/role-words.ts";
import { useDrain } from "#pages/parts/use-drain.ts";
import { workerStrings } from "#pages/strings/worker-strings.ts";
import { workersStrings } from "#pages/strings/workers-strings.ts";
import { IconButton } from "#ui/button.tsx";
import { Menu } from "#ui/menu.tsx";

const words = workerStrings;

/** What can be done with a worker of the list. */
export function WorkerMenu({ worker }: { readonly worker: Worker }) {
  const { id, name, draining, online, provided } = worker;
  const { drain, resume } = useDrain(worker);
  const whyNoDrain = useWhyNot(WorkerService.method.drainWorker);
  const whyNoDelete = useWhyNot(WorkerService.method.deleteWorker);
  const turn = draining
    ? { id: "resume", label: words.resume, icon: "play", onSelect: resume }
    : { id: "drain", label: words.drain, icon: "pause", onSelect: drain };
  return (
    <span className="row row--end">
      <Menu
        trigger={<IconButton size="small" icon="more" label={workersStrings.acts(name)} />}
        items={[
          { id: "open", label: workersStrings.open, icon: "worker", href: links.worker(id) },
          ...(online || draining
            ? [
                {
                  ...turn,
                  icon: draining ? "play" : "pause",
                  hint: whyNoDrain,
                  disabled: whyNoDrain !== undefined,
                } as const,
              ]
            : []),
          ...(provided || !online
            ? [
                {
                  id: "delete",
                  label: words.remove,
                  icon: "trash",
                  href: links.deleteWorker(id),
                  hint: whyNoDelete,
                  disabled: whyNoDelete !== undefined,
                  danger: true,
                  apart: true,
                } as const,
              ]
            : []),
        ]}
      />
    </span>
  );
}
