import { setTimeout as sleep } from "node:timers/promises";
import { createClient, type Transport } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { OverviewService } from "@tributary/proto/tributary/v1/overview_pb";
import { WatchService } from "@tributary/proto/tributary/v1/watch_pb";

/** A page that shows the overview reads it again at most so often while things change, in milliseconds. */
const every = 1_500;

/** Asks what so many browsers ask that show the overview: one stream of changes each, and the overview when something has changed. */
export class OpenDashboards {
  readonly #stop = new AbortController();
  readonly #going: Promise<unknown>;
  /** Times that any of them has read the overview. */
  reads = 0;

  constructor(url: string, count: number) {
    this.#going = Promise.allSettled(
      Array.from({ length: count }, () =>
        this.#open(createConnectTransport({ baseUrl: url, httpVersion: "1.1", useBinaryFormat: false })),
      ),
    );
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#going;
  }

  async #open(transport: Transport): Promise<void> {
    const { signal } = this.#stop;
    const read = async () => {
      await createClient(OverviewService, transport).getOverview({ hours: 24 }, { signal });
      this.reads += 1;
    };
    await read();
    let reading: Promise<unknown> | undefined;
    for await (const change of createClient(WatchService, transport).watch({}, { signal, timeoutMs: 0 })) {
      if (change.heartbeat || reading) continue;
      reading = Promise.allSettled([read(), sleep(every, undefined, { signal })]).then(() => {
        reading = undefined;
      });
    }
  }
}
