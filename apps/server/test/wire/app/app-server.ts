import { join } from "node:path";
import { createHistogram } from "node:perf_hooks";
import { pino } from "pino";
import { browserGuard } from "#listener/browser-guard.ts";
import { loadOrMakeCertificate } from "#listener/certificate.ts";
import { createListener, type Listener } from "#listener/create-listener.ts";
import type { ListenerLimits } from "#listener/limits.ts";
import type { AdmissionLimits } from "#rpc/admission/admission.ts";
import type { BodyLimits } from "#rpc/calls/limit-bodies.ts";
import { Readiness } from "#rpc/health.ts";
import { createApp } from "#server/app.ts";
import type { AuthMode } from "#server/authenticate.ts";
import { type InProcess, openInProcess } from "#test/in-process.ts";

/** One line of the server's own log. */
export type LogLine = Readonly<Record<string, unknown>>;

/** The whole application on the one port, without loops and without a worker. */
export interface AppServer extends AsyncDisposable {
  readonly inside: InProcess;
  readonly listener: Listener;
  readonly readiness: Readiness;
  readonly port: number;
  readonly url: string;
  /** PEM text. */
  readonly cert: string;
  /** Where workers come in. */
  readonly socketPath: string;
  readonly log: readonly LogLine[];
  close(): Promise<void>;
}

export interface AppServerOptions {
  readonly limits?: Partial<ListenerLimits>;
  readonly corsOrigins?: readonly string[];
  readonly logLevel?: string;
  readonly auth?: AuthMode;
  readonly webFolder?: string;
  readonly admission?: AdmissionLimits;
  readonly bodies?: BodyLimits;
  /** False sends every call through Connect. */
  readonly lean?: boolean;
  /** Ports to use instead, such as a manual clock. */
  readonly changes?: Parameters<typeof openInProcess>[0];
}

let shared: Promise<{ cert: string; key: string }> | undefined;

export async function startApp(options: AppServerOptions = {}): Promise<AppServer> {
  const inside = await openInProcess(options.changes);
  shared ??= loadOrMakeCertificate(join(inside.folder, "tls"));
  const tls = await shared;
  const listener = createListener({ tls, graceMs: 1_000, ...(options.limits && { limits: options.limits }) });
  const readiness = new Readiness();
  readiness.set(true);
  const log: LogLine[] = [];
  const app = await createApp({
    ports: inside.ports,
    facts: {
      version: "test",
      store: "sqlite",
      auth: options.auth ?? "local",
      dataFolder: inside.folder,
      startedAt: Date.now(),
    },
    readiness,
    listener,
    auth: options.auth ?? "local",
    guard: browserGuard({ allowedHosts: [], allowedOrigins: options.corsOrigins ?? [] }),
    log: pino({ level: options.logLevel ?? "info" }, { write: (line) => void log.push(JSON.parse(line) as LogLine) }),
    webFolder: options.webFolder,
    lean: options.lean ?? true,
    syncs: createHistogram(),
    ...(options.admission && { admission: options.admission }),
    ...(options.bodies && { bodies: options.bodies }),
  });
  await app.ready();
  const socketPath = join(inside.folder, "server.sock");
  await listener.listen([{ host: "127.0.0.1", port: 0 }, { path: socketPath }]);
  const tcp = listener.addresses.find((address) => "port" in address);
  const port = tcp?.port ?? 0;
  async function close(): Promise<void> {
    await listener.close();
    await app.close();
    await inside.close();
  }
  return {
    inside,
    listener,
    readiness,
    port,
    url: `http://127.0.0.1:${port}`,
    cert: tls.cert,
    socketPath,
    log,
    close,
    [Symbol.asyncDispose]: close,
  };
}
