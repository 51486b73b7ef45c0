import { callUnaryMethod, useTransport } from "@connectrpc/connect-query";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type WorkerLogLine, WorkerService } from "@tributary/proto/tributary/v1/workers_pb";

interface WorkerLog {
  /** Oldest first. */
  readonly lines: readonly WorkerLogLine[];
  readonly last: bigint;
}

/** Workers tell every ten seconds or so. */
const refreshMs = 5_000;
const pageSize = 500;
/** As many as the server keeps. */
const most = 1_000;

/** What a worker says itself; while it is shown, what is new is asked for again and again. */
export function useWorkerLog(id: string) {
  const transport = useTransport();
  const client = useQueryClient();
  const queryKey = ["worker-log", id];
  return useQuery({
    queryKey,
    queryFn: async ({ signal }) => {
      let log: WorkerLog = client.getQueryData<WorkerLog>(queryKey) ?? { lines: [], last: 0n };
      for (let more = true; more; ) {
        const ask = { id, after: log.last, pageSize };
        const answer = await callUnaryMethod(transport, WorkerService.method.listWorkerLogLines, ask, { signal });
        log = { lines: joined(log.lines, answer.lines), last: answer.lastSequence };
        more = answer.more;
      }
      return log;
    },
    refetchInterval: refreshMs,
    structuralSharing: false,
  });
}

/** A server that was started again is told everything once more, so lines may come that are here already. */
function joined(known: readonly WorkerLogLine[], told: readonly WorkerLogLine[]): readonly WorkerLogLine[] {
  if (told.length === 0) return known;
  const fresh = new Map([...known, ...told].map((line) => [line.sequence, line]));
  return [...fresh.values()].toSorted((a, b) => Number(a.sequence - b.sequence)).slice(-most);
}
