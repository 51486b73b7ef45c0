import { Code, ConnectError } from "@connectrpc/connect";
import { Health, HealthCheckResponse_ServingStatus as Status } from "@tributary/proto/grpc/health/v1/health_pb";
import { type ServedService, serve } from "#rpc/facade.ts";

/** Whether the server takes work, and who is told when that changes. */
export class Readiness {
  #ready = false;
  readonly #listeners = new Set<() => void>();

  get ready(): boolean {
    return this.#ready;
  }

  set(ready: boolean): void {
    if (this.#ready === ready) return;
    this.#ready = ready;
    for (const listener of this.#listeners) listener();
  }

  /** Resolves at the next change, or when the signal aborts. */
  changed(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        this.#listeners.delete(done);
        signal.removeEventListener("abort", done);
        resolve();
      };
      this.#listeners.add(done);
      signal.addEventListener("abort", done);
      if (signal.aborted) done();
    });
  }
}

/**
 * The standard health service, for the whole server (empty name) and for each service by name.
 *
 * @param names - full names of all mounted services, known when the first call comes
 */
export function healthService(readiness: Readiness, names: () => readonly string[]): ServedService {
  const status = () => (readiness.ready ? Status.SERVING : Status.NOT_SERVING);
  const isKnown = (service: string) => service === "" || names().includes(service);
  return serve(Health, {
    check({ service }) {
      if (!isKnown(service)) throw new ConnectError(`there is no service ${service.slice(0, 200)}`, Code.NotFound);
      return { status: status() };
    },
    list() {
      return { statuses: Object.fromEntries(["", ...names()].map((name) => [name, { status: status() }])) };
    },
    async *watch({ service }, { signal }) {
      while (!signal.aborted) {
        const changed = readiness.changed(signal);
        yield { status: isKnown(service) ? status() : Status.SERVICE_UNKNOWN };
        await changed;
      }
    },
  });
}
