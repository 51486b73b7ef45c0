import { LimitMeans, type ProvidedWorker, type Worker, WorkerKind } from "@tributary/proto/tributary/v1/workers_pb";

import { formatBytes, formatCount } from "#lib/format.ts";
import { workerStrings } from "#pages/strings/worker-strings.ts";
import { type KeyValue, KeyValues } from "#ui/facts.tsx";
import { Meter, Slots } from "#ui/meter.tsx";

const words = workerStrings.facts;

/** What a worker has, is and says of itself. */
export function MachineFacts({ worker }: { readonly worker: Worker }) {
  return (
    <KeyValues
      items={[
        ...capacity(worker),
        ...software(worker),
        ...(worker.provided ? given(worker.provided) : []),
        ...names(worker),
      ]}
    />
  );
}

function capacity(worker: Worker): readonly KeyValue[] {
  const { slots, slotsUsed, prefetch, cpuMillis, cpuMillisUsed, memoryBytes, memoryBytesUsed, disk, load } = worker;
  const cpus = (millis: bigint) => String(Number((Number(millis) / 1000).toFixed(1)));
  const cpu = words.cpuValue(cpus(cpuMillisUsed), cpus(cpuMillis));
  const memory = words.memoryValue(formatBytes(Number(memoryBytesUsed)), formatBytes(Number(memoryBytes)));
  return [
    {
      key: "slots",
      label: words.slots,
      value: (
        <span className="row">
          {slots > 0 && slots <= 12 && (
            <Slots taken={slotsUsed} total={slots} label={words.slotsValue(slotsUsed, slots)} />
          )}
          {words.slotsValue(slotsUsed, slots)}
        </span>
      ),
    },
    ...(prefetch > 0 ? [{ key: "prefetch", label: words.prefetch, value: words.prefetchValue(prefetch) }] : []),
    ...(cpuMillis > 0n
      ? [
          {
            key: "cpu",
            label: words.cpu,
            value: (
              <Held
                text={cpu}
                name={words.cpu}
                held={cpuMillisUsed}
                used={load?.cpuMillis}
                all={cpuMillis}
                show={cpus}
              />
            ),
          },
        ]
      : []),
    ...(memoryBytes > 0n
      ? [
          {
            key: "memory",
            label: words.memory,
            value: (
              <Held
                text={memory}
                name={words.memory}
                held={memoryBytesUsed}
                used={load?.memoryBytes}
                all={memoryBytes}
                show={(bytes) => formatBytes(Number(bytes))}
              />
            ),
          },
        ]
      : []),
    ...(disk
      ? [
          {
            key: "disk",
            label: words.disk,
            value: (
              <>
                {words.diskValue(formatBytes(Number(disk.freeBytes)), formatBytes(Number(disk.totalBytes)))}
                <br />
                <span className="dim small">{words.environments(formatBytes(Number(disk.environmentsBytes)))}</span>
              </>
            ),
          },
        ]
      : []),
  ];
}

function Held(props: {
  readonly text: string;
  readonly name: string;
  readonly held: bigint;
  readonly used: bigint | undefined;
  readonly all: bigint;
  readonly show: (amount: bigint) => string;
}) {
  const { text, name, held, used, all, show } = props;
  const share = (amount: bigint) => Number(amount) / Number(all);
  return (
    <span className="held-cell">
      <Meter label={name} held={share(held)} used={share(used ?? 0n)} />
      <span>
        {text}
        {used !== undefined && <span className="dim">, {words.inUse(show(used))}</span>}
      </span>
    </span>
  );
}

function software({ pythonVersions, containers, offers, limits, kind, version }: Worker): readonly KeyValue[] {
  const offered = Object.entries(offers).map(([name, amount]) => `${formatCount(amount)} × ${name}`);
  return [
    ...(pythonVersions.length > 0 ? [{ key: "python", label: words.python, value: pythonVersions.join(", ") }] : []),
    ...(containers
      ? [
          {
            key: "containers",
            label: words.containers,
            value: containers.engine
              ? `${containers.engine} ${containers.version}`
              : words.noContainers(containers.explanation),
          },
        ]
      : []),
    ...(offered.length > 0 ? [{ key: "offers", label: words.offers, value: offered.join(", ") }] : []),
    ...(limits
      ? [
          {
            key: "limits",
            label: words.limits,
            value: [
              limits.explanation || (limits.memory === LimitMeans.KERNEL ? words.byKernel : ""),
              limits.defaultProcesses > 0 && words.processes(formatCount(limits.defaultProcesses)),
            ]
              .filter(Boolean)
              .join(" · "),
          },
        ]
      : []),
    {
      key: "kind",
      label: words.kind,
      value: `${kind === WorkerKind.SCITQ ? words.kinds.scitq : words.kinds.ours}${version && `, ${version}`}`,
    },
  ];
}

function given({ provider, flavor, region, place, createdBy, failures }: ProvidedWorker): readonly KeyValue[] {
  const asked = [provider, flavor, region].filter((part) => part !== "").join(" · ");
  const more = [createdBy && words.by(createdBy), failures > 0 && words.failures(failures)].filter(Boolean).join(", ");
  return [
    {
      key: "provider",
      label: words.provider,
      value: (
        <>
          {asked}
          {more && (
            <>
              <br />
              <span className="dim small">{more}</span>
            </>
          )}
        </>
      ),
    },
    ...(place ? [{ key: "place", label: words.place, value: place }] : []),
  ];
}

function names({ labels, id }: Worker): readonly KeyValue[] {
  const shown = Object.entries(labels);
  return [
    ...(shown.length > 0
      ? [
          {
            key: "labels",
            label: words.labels,
            value: (
              <span className="row row--wrap">
                {shown.map(([key, value]) => (
                  <span key={key} className="tag">
                    {value === "" ? key : `${key}=${value}`}
                  </span>
                ))}
              </span>
            ),
          },
        ]
      : []),
    { key: "id", label: words.id, value: <span className="mono small value">{id}</span> },
  ];
}
