import { join } from "node:path";
import { create, toBinary } from "@bufbuild/protobuf";
import { createClient } from "@connectrpc/connect";
import { DispatchService, HeartbeatRequestSchema } from "@tributary/proto/tributary/v1/dispatch_pb";
import { loadFrom } from "../harness/call-pool.ts";
import { Serving } from "../harness/serving.ts";
import { percentile } from "../harness/statistics.ts";
import type { Workload } from "../harness/workload.ts";
import { grpcJsPage } from "../peers/grpc-js-page.ts";
import { tryPeer } from "../peers/try-peer.ts";

const workers = 1_000;
const path = "/tributary.v1.DispatchService/Heartbeat";
const load = { atOnce: 100, seconds: 4 };
const environment = { TRIBUTARY_LOG_LEVEL: "warn" };
const idOf = (n: number) => `bench-${n}`;

/** Registers them, then has them say that they live, again and again. */
async function beat(serving: Serving) {
  const dispatch = createClient(DispatchService, serving.workers);
  for (let n = 0; n < workers; n++) {
    await dispatch.register({ workerId: idOf(n), name: idOf(n), slots: 1, version: "bench" });
  }
  const messages = Array.from({ length: workers }, (_, n) =>
    toBinary(HeartbeatRequestSchema, create(HeartbeatRequestSchema, { workerId: idOf(n) })),
  );
  const target = {
    url: "http://localhost",
    protocol: "grpc" as const,
    socketPath: join(serving.process.dataFolder, "run/server.sock"),
  };
  return loadFrom(load.atOnce, target, (calls, n) => calls.call(path, messages[n % workers]!), load.seconds);
}

export const heartbeats: Workload = {
  name: "W10",
  about: "1,000 workers that say they live, 100 at a time",
  async run({ say }) {
    say("W10: a thousand workers");
    const ours = await Serving.with({ slots: 1, environment }, beat);
    say("W10: grpc-js");
    let theirs: readonly number[] = [];
    const peer = await tryPeer(say, async () => {
      const { rate, times } = await grpcJsPage(new Uint8Array(), load);
      theirs = times;
      return { name: "grpc-js, an empty answer", value: rate, share: 1 };
    });
    return [
      { workload: "W10", what: "heartbeats of 1,000 workers", value: ours.rate, unit: "/s", beside: peer },
      {
        workload: "W10",
        what: "one of them, p99 with 100 at a time",
        value: percentile(ours.times, 0.99),
        unit: "ms",
        beside: peer.map(({ name }) => ({ name, value: percentile(theirs, 0.99) })),
      },
    ];
  },
};
