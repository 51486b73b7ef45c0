import type { Worker } from "@tributary/proto/tributary/v1/workers_pb";

import { toMs } from "#api/time.ts";
import { formatBytes, formatCount, formatPercent } from "#lib/format.ts";
import { links } from "#pages/links.ts";
import type { TaskTotal } from "#pages/parts/use-task-total.ts";
import { workerState } from "#pages/parts/worker-words.ts";
import { workersStrings } from "#pages/strings/workers-strings.ts";
import { freeSlots } from "#pages/workers/free-slots.ts";
import { labelText, type WorkerLine } from "#pages/workers/worker-groups.ts";
import { WorkerLoad } from "#pages/workers/worker-load.tsx";
import { WorkerMenu } from "#pages/workers/worker-menu.tsx";
import { Link } from "#ui/link.tsx";
import { Slots } from "#ui/meter.tsx";
import { RelativeTime } from "#ui/relative-time.tsx";
import { StateLabel } from "#ui/state-glyph.tsx";
import type { Column } from "#ui/virtual-table/columns.ts";

const words = workersStrings;
/** More slots than this are a number only. */
const mostSlots = 16;
/** That every worker of a provider has. */
const givenLabels: ReadonlySet<string> = new Set(["provider", "flavor", "region"]);

/** @param queued - tasks that wait for a worker, for what is said of free ones */
export function workerColumns(queued: TaskTotal | undefined): readonly Column<WorkerLine>[] {
  return [
    of("state", "112px", (worker) => <WorkerState worker={worker} />, { narrow: "state" }),
    of("name", "minmax(150px, 1fr)", (worker) => <WorkerName worker={worker} />, { narrow: "title" }),
    of("tasks", "minmax(150px, 1.2fr)", (worker) => <WorkerRuns worker={worker} queued={queued} />, {
      minTable: 640,
      narrow: "sub",
    }),
    of("slots", "208px", (worker) => <SlotCell worker={worker} />, { narrow: "note" }),
    of("cpu", "120px", (worker) => <CpuCell worker={worker} />, { minTable: 760 }),
    of("memory", "184px", (worker) => <MemoryCell worker={worker} />, { minTable: 960 }),
    of("disk", "140px", (worker) => <DiskCell worker={worker} />, { minTable: 1360 }),
    of("seen", "60px", (worker) => <Seen at={toMs(worker.lastSeenTime)} />, { minTable: 560, numeric: true }),
    of("version", "64px", ({ version }) => <span className="faint">{version}</span>, { minTable: 1440 }),
    {
      id: "acts",
      head: <span className="vh">{words.columns.acts}</span>,
      width: "44px",
      narrow: "end",
      cell: (line) => line.kind === "worker" && <WorkerMenu worker={line.worker} />,
    },
  ];
}

function of(
  id: keyof typeof words.columns,
  width: string,
  cell: (worker: Worker) => React.ReactNode,
  more: Pick<Column<WorkerLine>, "narrow" | "minTable" | "numeric">,
): Column<WorkerLine> {
  const head = words.columns[id];
  return { id, head, width, ...more, cell: (line) => line.kind === "worker" && cell(line.worker) };
}

function WorkerState({ worker }: { readonly worker: Worker }) {
  const [state, text] = workerState(worker);
  return <StateLabel state={state}>{text}</StateLabel>;
}

function WorkerName({ worker: { id, name, labels, provided } }: { readonly worker: Worker }) {
  // the head of its group says what has given it
  const own = Object.entries(labels).filter(([key]) => !provided || !givenLabels.has(key));
  return (
    <span className="row worker-name">
      <Link className="medium cut worker-link" href={links.worker(id)}>
        {name}
      </Link>
      {own.map((label) => (
        <span key={label[0]} className="tag">
          {labelText(label)}
        </span>
      ))}
    </span>
  );
}

/** What it runs; of one that has room while tasks are queued, that, which the row opens to explain. */
function WorkerRuns({ worker, queued }: { readonly worker: Worker; readonly queued: TaskTotal | undefined }) {
  const { firstTasks, taskIds, provided } = worker;
  if (taskIds.length === 0 && provided?.reason)
    return (
      <span className="dim small cut worker-reason" title={provided.reason}>
        {provided.reason}
      </span>
    );
  if (taskIds.length === 0 && !worker.online)
    return (
      <span className="narrow-only">
        <Seen at={toMs(worker.lastSeenTime)} suffix={words.ago} />
      </span>
    );
  const free = freeSlots(worker);
  if (taskIds.length === 0 && free > 0 && queued && queued.count > 0)
    return (
      <span className="dim small cut">
        {words.freeSlots(formatCount(free), formatCount(queued.count), queued.isMinimum)}
      </span>
    );
  const others = taskIds.length - firstTasks.length;
  const more = others > 0 ? `, ${words.moreTasks(formatCount(others))}` : "";
  return (
    <span className="cut small worker-runs">
      <span className="wide-only">
        {firstTasks.map(({ id, title }, place) => (
          <span key={id}>
            {place > 0 && ", "}
            <Link href={links.task(id)} title={title}>
              {title}
            </Link>
          </span>
        ))}
        <span className="faint">{more}</span>
      </span>
      {/* a second line has no room for a finger; what the row opens leads there too */}
      <span className="narrow-only">
        {firstTasks.map(({ title }) => title).join(", ")}
        {more}
      </span>
    </span>
  );
}

function SlotCell({ worker: { name, online, draining, slots, slotsUsed } }: { readonly worker: Worker }) {
  if (!online) return null;
  const taken = draining ? { taken: 0, ending: slotsUsed } : { taken: slotsUsed };
  return (
    <span className="row slot-cell">
      {slots <= mostSlots && (
        <span className="wide-only">
          <Slots {...taken} total={slots} label={words.slotsOf(name, slotsUsed, slots)} />
        </span>
      )}
      <span className="tn dim slot-count">
        {slotsUsed}/{slots}
      </span>
    </span>
  );
}

function CpuCell({ worker: { name, online, cpuMillis, cpuMillisUsed, load } }: { readonly worker: Worker }) {
  const [all, held] = [Number(cpuMillis), Number(cpuMillisUsed)];
  const used = load && Number(load.cpuMillis);
  const cpus = (millis: number) => String(Number((millis / 1000).toFixed(1)));
  const text = used === undefined ? words.cpus(cpus(held), cpus(all)) : formatPercent(used / all);
  return <WorkerLoad name={words.cpuOf(name)} {...{ online, all, held, used, text }} show={cpus} />;
}

function MemoryCell({ worker: { name, online, memoryBytes, memoryBytesUsed, load } }: { readonly worker: Worker }) {
  const [all, held] = [Number(memoryBytes), Number(memoryBytesUsed)];
  const used = load && Number(load.memoryBytes);
  const text = shareText(formatBytes(used ?? held), formatBytes(all));
  return <WorkerLoad name={words.memoryOf(name)} {...{ online, all, held, used, text }} show={formatBytes} />;
}

/** `2 of 16 GiB`: a unit that both have stands once. */
function shareText(part: string, whole: string): string {
  const unit = ` ${whole.split(" ")[1]}`;
  return `${part.endsWith(unit) ? part.slice(0, -unit.length) : part} ${words.of} ${whole}`;
}

function DiskCell({ worker: { disk } }: { readonly worker: Worker }) {
  if (!disk) return null;
  return (
    <span className="tn dim small cut" title={words.environments(formatBytes(Number(disk.environmentsBytes)))}>
      {words.free(formatBytes(Number(disk.freeBytes)), formatBytes(Number(disk.totalBytes)))}
    </span>
  );
}

function Seen({ at, suffix = "" }: { readonly at: number | undefined; readonly suffix?: string }) {
  return at === undefined || at === 0 ? null : <RelativeTime at={at} suffix={suffix} />;
}
