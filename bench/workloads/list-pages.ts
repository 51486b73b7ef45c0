import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { ListTasksRequestSchema, ListTasksResponseSchema } from "@tributary/proto/tributary/v1/tasks_pb";
import { loadWith } from "../harness/load.ts";
import { RawCalls } from "../harness/raw-calls.ts";
import { Serving } from "../harness/serving.ts";
import { percentile } from "../harness/statistics.ts";
import { untilIdle } from "../harness/until-idle.ts";
import type { Workload } from "../harness/workload.ts";
import { grpcJsPage } from "../peers/grpc-js-page.ts";
import { tryPeer } from "../peers/try-peer.ts";

const path = "/tributary.v1.TaskService/ListTasks";
const load = { atOnce: 32, seconds: 8 };
const pages = 200;

const askFor = (pageToken: string) =>
  toBinary(ListTasksRequestSchema, create(ListTasksRequestSchema, { pageSize: 100, pageToken }));

/** Requests for one page after another, and what the first one answers. */
async function walk(calls: RawCalls): Promise<{ requests: Uint8Array[]; page: Buffer }> {
  const requests = [askFor("")];
  const page = await calls.call(path, requests[0]!);
  for (let answer = page; requests.length < pages; answer = await calls.call(path, requests.at(-1)!))
    requests.push(askFor(fromBinary(ListTasksResponseSchema, answer).nextPageToken));
  return { requests, page };
}

export const listPages: Workload = {
  name: "W5",
  about: "pages of 100 tasks from a million, 32 calls at a time",
  async run({ say, million }) {
    say("W5: a million tasks");
    const { dataFolder } = await million();
    say("W5: pages");
    let page: Uint8Array = new Uint8Array();
    const ours = await Serving.with({ slots: 1, dataFolder, keep: true }, async ({ process }) => {
      const calls = new RawCalls(process.url, "connect");
      const { requests, page: first } = await walk(calls);
      page = first;
      await untilIdle(process.pid);
      const measured = await loadWith((n) => calls.call(path, requests[(n * 7) % pages]!), load);
      calls.close();
      return measured;
    });
    say("W5: grpc-js");
    let theirs: readonly number[] = [];
    const peer = await tryPeer(say, async () => {
      const { rate, times } = await grpcJsPage(page, load);
      theirs = times;
      return { name: "grpc-js, one constant page", value: rate };
    });
    return [
      {
        workload: "W5",
        what: "pages of 100 from a million over Connect",
        value: ours.rate,
        unit: "/s",
        bar: 1_500,
        beside: peer,
      },
      {
        workload: "W5",
        what: "one of them, p99 with 32 at a time",
        value: percentile(ours.times, 0.99),
        unit: "ms",
        bar: 20,
        beside: peer.map(({ name }) => ({ name, value: percentile(theirs, 0.99) })),
      },
    ];
  },
};
