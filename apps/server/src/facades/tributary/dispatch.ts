import { durationFromMs } from "@bufbuild/protobuf/wkt";
import type { HandlerContext, ServiceImpl } from "@connectrpc/connect";
import type { DispatchService, RegisterRequest, StoreArtifactRequest } from "@tributary/proto/tributary/v1/dispatch_pb";
import { appendLog } from "#core/dispatch/append-log.ts";
import { describeInputs } from "#core/dispatch/describe-inputs.ts";
import { endLease } from "#core/dispatch/expire-leases.ts";
import { fetchInputs } from "#core/dispatch/fetch-inputs.ts";
import { noteDisk } from "#core/dispatch/note-disk.ts";
import { noteLeaving } from "#core/dispatch/note-leaving.ts";
import { readAttemptSecrets } from "#core/dispatch/read-attempt-secrets.ts";
import { registerWorker } from "#core/dispatch/register-worker.ts";
import { reportAttempts } from "#core/dispatch/report-attempts.ts";
import { sendInputs } from "#core/dispatch/send-inputs.ts";
import { speakForWorker } from "#core/dispatch/speak-for-worker.ts";
import { storeArtifact } from "#core/dispatch/store-artifact.ts";
import { takeUsage } from "#core/dispatch/take-usage.ts";
import { RefusedError } from "#core/errors.ts";
import type { Ports } from "#core/ports/index.ts";
import { followOrders } from "#facades/tributary/lease-stream.ts";
import { toLoad } from "#facades/tributary/machine-load.ts";
import {
  fromRef,
  toArtifactHeader,
  toCapacity,
  toPieces,
  toRef,
  toReport,
  toUsage,
} from "#facades/tributary/translate-dispatch.ts";
import { toContainers, toDisk, toLimits } from "#facades/tributary/worker-limits.ts";
import { toLogLine } from "#facades/tributary/worker-log-lines.ts";
import { doorKey, principalOf } from "#rpc/auth.ts";

export function dispatchHandlers(ports: Ports): ServiceImpl<typeof DispatchService> {
  const { store, leases, clock, logs, taskqueue, workerLogs } = ports;
  const streams = new Map<string, AbortController>();
  const as = (workerId: string, context: HandlerContext) =>
    speakForWorker(ports, { workerId, by: principalOf(context) });
  return {
    async register(request, context) {
      refuseNewer(request);
      const limits = toLimits(request.limits);
      const disk = toDisk(request.disk);
      const containers = toContainers(request.containers);
      const registered = await registerWorker(ports, {
        id: request.workerId,
        name: request.name,
        slots: request.slots,
        capacity: toCapacity(request),
        pythonVersions: request.pythonVersions,
        labels: request.labels,
        version: request.version,
        ...(limits ? { limits } : {}),
        ...(disk ? { disk } : {}),
        ...(containers ? { containers } : {}),
        held: request.held.map(toRef),
        // Only the worker that this server starts comes through its socket.
        ...(context.values.get(doorKey).kind === "unix" ? { taskqueue: taskqueue.localWorker } : {}),
        by: principalOf(context),
        leaving: request.draining,
      });
      const offsets = registered.kept.map(async (ref) => ({
        attempt: fromRef(ref),
        keptBytes: BigInt(await logs.kept(ref)),
      }));
      return {
        leaseDuration: durationFromMs(leases.duration),
        revoked: registered.revoked.map(fromRef),
        logOffsets: await Promise.all(offsets),
        ownLogSequence: BigInt(workerLogs.newest(request.workerId)),
      };
    },
    async *lease({ workerId, takesMany, takesAhead }, context) {
      await as(workerId, context);
      const { signal } = context;
      streams.get(workerId)?.abort();
      const own = new AbortController();
      streams.set(workerId, own);
      try {
        yield* followOrders(ports, { workerId, takesMany, takesAhead }, AbortSignal.any([signal, own.signal]));
      } finally {
        if (streams.get(workerId) === own) streams.delete(workerId);
        own.abort();
      }
    },
    async heartbeat({ workerId, usage, disk: told, draining, gone, load, ownLog }, context) {
      await as(workerId, context);
      if (!leases.has(workerId)) return { unknown: true };
      leases.extend(workerId, clock.monotonic(), clock.now());
      workerLogs.add(workerId, ownLog.map(toLogLine));
      if (gone) {
        await endLease(ports, workerId);
        return {};
      }
      if (draining) await store.transact(noteLeaving, { workerId, now: clock.now() });
      if (load) leases.noteLoad(workerId, toLoad(load));
      const disk = toDisk(told);
      if (disk) await noteDisk(ports, { workerId, disk });
      return { usageTaken: await takeUsage(ports, { workerId, usages: usage.map(toUsage) }) };
    },
    async report({ workerId, reports }, context) {
      await as(workerId, context);
      const outcomes = await reportAttempts(ports, { workerId, reports: reports.map((report) => toReport(report)) });
      return {
        results: outcomes.map(({ ref, sequence, accepted }) => ({ attempt: fromRef(ref), sequence, accepted })),
      };
    },
    async appendLog({ workerId, attempt, offset, pieces }, context) {
      await as(workerId, context);
      const kept = await appendLog(ports, {
        workerId,
        ref: toRef(attempt),
        offset: Number(offset),
        pieces: toPieces(pieces),
      });
      return kept === undefined ? { refused: true } : { keptBytes: BigInt(kept) };
    },
    async readSecrets({ workerId, attempt }, context) {
      await as(workerId, context);
      refuseInTheClear(ports, context);
      const { values, missing } = await readAttemptSecrets(ports, { workerId, ref: toRef(attempt) });
      return { values: [...values], missingKeys: [...missing] };
    },
    async *fetchInputs({ workerId, attempt, describe, offset }, context) {
      await as(workerId, context);
      if (describe) {
        yield { key: await describeInputs(ports, { workerId, ref: toRef(attempt) }) };
        return;
      }
      const { signal } = context;
      const ask = { workerId, ref: toRef(attempt) };
      if (offset === undefined) {
        for await (const content of fetchInputs(ports, ask, signal)) yield { content };
        return;
      }
      let first = offset;
      for await (const piece of sendInputs(ports, { ...ask, offset: Number(offset) }, signal)) {
        yield { ...piece, offset: first };
        first = 0n;
      }
    },
    async storeArtifact(requests, context) {
      const iterator = requests[Symbol.asyncIterator]();
      const first = await iterator.next();
      const header = toArtifactHeader(first.done ? undefined : first.value);
      await as(header.workerId, context);
      const artifact = await storeArtifact(ports, { ...header, content: contents(iterator) });
      return { sha256: artifact.hash, sizeBytes: BigInt(artifact.size) };
    },
  };
}

/** Of what workers say: see the field of the request. */
const newestProtocol = 1;

function refuseNewer({ protocol, version }: RegisterRequest): void {
  if (protocol <= newestProtocol) return;
  throw new RefusedError(
    "conflict",
    `protocol: this worker (${version}) speaks ${protocol}, and this server knows ${newestProtocol} and before: update the server, or start a worker of its version`,
    "protocol",
  );
}

/** @throws RefusedError `denied` for a worker of another machine that comes without TLS */
function refuseInTheClear({ plainSecrets }: Pick<Ports, "plainSecrets">, { values }: HandlerContext): void {
  const { isPrivate, address } = values.get(doorKey);
  if (isPrivate || plainSecrets) return;
  throw new RefusedError(
    "denied",
    `secrets are not sent to ${address} without TLS: start the worker with an https:// address, or have them sent all the same by TRIBUTARY_PLAIN_SECRETS=on`,
  );
}

async function* contents(requests: AsyncIterator<StoreArtifactRequest>): AsyncIterable<Uint8Array> {
  for (let next = await requests.next(); !next.done; next = await requests.next()) {
    const { part } = next.value;
    if (part.case !== "content") {
      throw new RefusedError("invalid", "part: a header comes first and once; then only content", "part");
    }
    yield part.value;
  }
}
