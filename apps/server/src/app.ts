import type { ContextValues } from "@connectrpc/connect";
import { fastifyConnectPlugin } from "@connectrpc/connect-fastify";
import { createValidateInterceptor } from "@connectrpc/validate";
import compress from "@fastify/compress";
import helmet from "@fastify/helmet";
import staticFiles from "@fastify/static";
import fastify, { type FastifyBaseLogger, type FastifyInstance, type FastifyRequest, LogController } from "fastify";
import type { Ports } from "#core/ports/index.ts";
import { limitedStore } from "#core/scope/limited-store.ts";
import { agentFacade } from "#facades/agent/index.ts";
import type { FailedJobs } from "#facades/agent/jobs.ts";
import { ameFacade } from "#facades/ame/index.ts";
import { armonikFacade } from "#facades/armonik/index.ts";
import { flyteFacade } from "#facades/flyte/index.ts";
import { taskqueueFacade } from "#facades/taskqueue/index.ts";
import { tributaryFacade } from "#facades/tributary/index.ts";
import type { SystemFacts } from "#facades/tributary/system.ts";
import type { BrowserGuard } from "#listener/browser-guard.ts";
import { type Connection, connectionOf } from "#listener/connection.ts";
import type { Listener } from "#listener/create-listener.ts";
import { connectionContext, rpcOptions } from "#listener/rpc-limits.ts";
import { sendRefusal } from "#listener/send-refusal.ts";
import { Admission, type AdmissionLimits, defaultAdmission } from "#rpc/admission/admission.ts";
import { admitRequests } from "#rpc/admission/admit-requests.ts";
import { callerNetwork } from "#rpc/admission/caller-network.ts";
import { auditInterceptor } from "#rpc/audit/audit-interceptor.ts";
import { authInterceptor, doorKey, peerKey, principalKey } from "#rpc/auth.ts";
import { byScope } from "#rpc/by-scope.ts";
import { requestIdKey } from "#rpc/calls/call.ts";
import { callLog } from "#rpc/calls/call-log.ts";
import { type BodyLimits, defaultBodyLimits, limitBodies } from "#rpc/calls/limit-bodies.ts";
import { requestIdHeader, requestIdOf } from "#rpc/calls/request-id.ts";
import { logRequests } from "#rpc/calls/request-log.ts";
import { watchCalls } from "#rpc/calls/watch-calls.ts";
import { errorInterceptor } from "#rpc/errors.ts";
import type { Facade } from "#rpc/facade.ts";
import { healthService, type Readiness } from "#rpc/health.ts";
import { leanMethods } from "#rpc/lean/lean-method.ts";
import { takeLeanCalls } from "#rpc/lean/take-lean-calls.ts";
import { mendMalformed } from "#rpc/malformed-messages.ts";
import { methodsByPath, pathOf } from "#rpc/methods-by-path.ts";
import { type Metrics, openMetrics, type StoreSyncs } from "#rpc/metrics/index.ts";
import { OneRoute } from "#rpc/one-route.ts";
import { mountServices } from "#rpc/readings.ts";
import { sendReadyFrames } from "#rpc/ready-frames.ts";
import { reflectionServices } from "#rpc/reflection/index.ts";
import { mountRoutes } from "#rpc/routes.ts";
import { unknownRpc } from "#rpc/unknown-rpc.ts";
import type { Handler } from "#rpc/wrap-handlers.ts";
import { wrongVersion } from "#rpc/wrong-version.ts";
import { accessTable } from "#server/access-table.ts";
import { type Authentication, type AuthMode, authentication, type Caller } from "#server/authenticate.ts";
import { leanDoor } from "#server/lean-door.ts";

export interface AppOptions {
  readonly ports: Ports;
  readonly facts: SystemFacts;
  readonly settings?: FacadeSettings;
  readonly readiness: Readiness;
  readonly listener: Pick<Listener, "serverFactory" | "offerStreams" | "shutdownSignal" | "connections">;
  readonly guard: BrowserGuard;
  /** Who may call without a token. */
  readonly auth: AuthMode;
  readonly log: FastifyBaseLogger;
  /** How slowly requests may come; {@link defaultBodyLimits} unless told. */
  readonly bodies?: BodyLimits;
  /** How long the store's commits took to reach the disk. */
  readonly syncs?: StoreSyncs;
  /** How much one caller may ask of the server; {@link defaultAdmission} unless told. */
  readonly admission?: AdmissionLimits;
  /** False sends every call through Connect, for tests that compare the paths; true unless told. */
  readonly lean?: boolean;
  /** Built dashboard; undefined leaves the pages out. */
  readonly webFolder: string | undefined;
}

/** What dialects leave to whoever runs the server. */
export interface FacadeSettings {
  readonly failedJobs: FailedJobs;
}

const usualSettings: FacadeSettings = { failedJobs: "done" };

/** RPCs that bring output of tasks. */
const logRpcs = new Set(["tributary.v1.DispatchService/AppendLog", "taskqueue.TaskQueue/SendTaskLogs"]);

/** Streams of the newest scitq's workers and command line. */
const tokenlessStreams = new Set(
  ["SendTaskLogs", "StreamTaskLogsOutput", "StreamTaskLogsErr"].map((name) => `/taskqueue.TaskQueue/${name}`),
);

/** Every dialect over one set of ports, for each caller over what exists for it. */
export function facadesOf(ports: Ports, facts: SystemFacts, settings = usualSettings): readonly Facade[] {
  return byScope(facadesOver(ports, facts, settings), (projects) =>
    facadesOver({ ...ports, store: limitedStore(ports.store, projects) }, facts, settings),
  );
}

function facadesOver(ports: Ports, facts: SystemFacts, settings: FacadeSettings): readonly Facade[] {
  return [
    tributaryFacade(ports, facts, accessTable),
    ameFacade(ports),
    taskqueueFacade(ports, facts.version),
    agentFacade(ports, settings.failedJobs),
    flyteFacade(),
    armonikFacade(),
  ];
}

/** The HTTP side of the server: RPCs of all dialects, health, and the dashboard. */
export async function createApp(options: AppOptions): Promise<FastifyInstance> {
  const { listener, log } = options;
  const oneRoute = new OneRoute();
  const app = fastify({
    loggerInstance: log,
    logController: new LogController({ disableRequestLogging: true }),
    // biome-ignore lint/suspicious/noExplicitAny: Fastify's types know no server that is HTTP/1.1 and HTTP/2 at once
    serverFactory: listener.serverFactory as any,
    forceCloseConnections: false,
    genReqId: (request) => requestIdOf(request.headers[requestIdHeader]),
    routerOptions: { maxParamLength: 512 },
  });
  app.addConstraintStrategy(oneRoute.strategy);
  const calls = new WeakSet<FastifyRequest>();
  const metrics = openMetrics({
    ports: options.ports,
    version: options.facts.version,
    connections: listener.connections,
    logRpcs,
    syncs: options.syncs,
  });
  app.addHook("onClose", () => metrics.stop());
  logRequests(app, { isCall: (request) => calls.has(request), answered: metrics.answered });
  app.addHook("onRequest", options.guard.onRequest);
  const files = new Set<string>();
  const { ports, guard, auth: mode } = options;
  const authenticated = authentication({
    tokens: ports.tokens,
    mode,
    guard,
    access: accessTable,
    files,
    tokenlessStreams,
  });
  app.addHook("onRequest", authenticated.onRequest);
  await registerPages(app, options.webFolder, files);
  registerProbes(app, options.readiness);
  app.get("/metrics", async (request, reply) => {
    const { contentType, text } = await metrics.read(request.headers.accept ?? "");
    return reply.header("content-type", contentType).header("cache-control", "no-store").send(text);
  });
  const facades = facadesOf(ports, options.facts, options.settings);
  await registerRpcs(app, facades, options, { calls, metrics, authenticated, oneRoute });
  return app;
}

/** What the calls of RPCs share with all requests. */
interface CallParts {
  readonly authenticated: Authentication;
  /** Requests that are such calls. */
  readonly calls: WeakSet<FastifyRequest>;
  readonly metrics: Metrics;
  /** Theirs. */
  readonly oneRoute: OneRoute;
}

async function registerRpcs(
  app: FastifyInstance,
  facades: readonly Facade[],
  options: AppOptions,
  { calls, metrics, authenticated, oneRoute }: CallParts,
): Promise<void> {
  const { ports, readiness, log, listener, guard } = options;
  const { callerOf } = authenticated;
  const services = facades.flatMap((facade) => facade.services);
  // What is read otherwise for clients of a dialect has a name that is told of already.
  const usual = services.filter(({ clientDialect }) => clientDialect === undefined);
  const names = usual.map(({ desc }) => desc.typeName);
  const health = healthService(readiness, () => names);
  const standard = [health, ...reflectionServices([...usual, health].map(({ desc }) => desc))];
  const known = new Set([...services, ...standard].map(({ desc }) => desc.typeName));
  const admission = new Admission(options.admission ?? defaultAdmission, () => performance.now());
  const methods = methodsByPath([...services, ...standard].map(({ desc }) => desc));
  app.addHook("onRequest", (request, reply, done) => {
    const path = pathOf(request.url);
    const unknown = request.is404 ? unknownRpc(path, request.headers, known) : undefined;
    const wrong = wrongVersion(methods.get(path), request.raw.httpVersionMajor);
    if (unknown) sendRefusal(request, reply, unknown);
    else if (wrong) sendRefusal(request, reply.header("connection", "close"), wrong);
    else done();
  });
  app.addHook(
    "onRequest",
    admitRequests({
      admission,
      methods,
      callerOf: (request) => budgetOf(callerOf(request)),
      refuse: sendRefusal,
      shed: metrics.shed,
    }),
  );
  const routes = facades.flatMap((facade) => facade.routes);
  const routeCallerOf = (request: FastifyRequest) => {
    const { principal, door } = callerOf(request);
    return { principal, address: door.address };
  };
  await mountRoutes(app, routes, { log, callerOf: routeCallerOf, refuse: sendRefusal });
  const interceptors = [
    auditInterceptor(accessTable, ports.audit),
    errorInterceptor(log),
    authInterceptor(accessTable),
    createValidateInterceptor(),
  ];
  const observers = [callLog(log), metrics.observer];
  const rpc = rpcOptions(listener);
  let handlers: readonly Handler[] = [];
  await app.register(oneRoute.of(fastifyConnectPlugin), {
    ...rpc,
    contextValues: (request) => {
      calls.add(request);
      return contextOf(connectionOf(request.raw.socket), callerOf(request), request.id);
    },
    interceptors,
    routes(router) {
      mountServices(router, [...services, ...standard]);
      limitBodies(router, options.bodies ?? defaultBodyLimits);
      sendReadyFrames(router);
      mendMalformed(router);
      handlers = [...router.handlers];
      watchCalls(router, observers);
    },
  });
  if (options.lean === false) return;
  listener.offerStreams(
    takeLeanCalls({
      methods: leanMethods({ services, handlers, interceptors, messageBytes: rpc.readMaxBytes }),
      enter: leanDoor({ guard, authenticated, admission, budgetOf, contextOf }),
      observers,
      longestDeadlineMs: rpc.maxTimeoutMs,
      shutdownSignal: rpc.shutdownSignal,
      log,
    }),
  );
}

/** What handlers and interceptors find in the context of a call. */
function contextOf(connection: Connection, { principal, door }: Caller, requestId: string): ContextValues {
  return connectionContext(connection)
    .set(requestIdKey, requestId)
    .set(principalKey, principal)
    .set(doorKey, door)
    .set(peerKey, connection);
}

/** Whose budget a request is taken from: workers have none. */
function budgetOf({ principal, door }: Caller): string | undefined {
  return principal?.role === "worker" ? undefined : `${principal?.name ?? ""}@${callerNetwork(door.address)}`;
}

/** For machines that watch the server: alive, and ready for work. */
function registerProbes(app: FastifyInstance, readiness: Readiness): void {
  app.get("/healthz", (_request, reply) => reply.type("text/plain").send("alive\n"));
  app.get("/readyz", (_request, reply) =>
    readiness.ready
      ? reply.type("text/plain").send("ready\n")
      : reply.code(503).type("text/plain").send("starting, shutting down, or without its database\n"),
  );
}

/** @param files - the routes of the dashboard's files are added to these */
async function registerPages(app: FastifyInstance, webFolder: string | undefined, files: Set<string>): Promise<void> {
  await app.register(helmet, {
    contentSecurityPolicy: {
      directives: {
        defaultSrc: ["'self'"],
        scriptSrc: ["'self'"],
        // Positions in timelines and virtual lists are inline styles.
        styleSrc: ["'self'", "'unsafe-inline'"],
        imgSrc: ["'self'", "data:"],
        connectSrc: ["'self'"],
        frameAncestors: ["'none'"],
        // The server speaks plain HTTP too.
        upgradeInsecureRequests: null,
      },
    },
    strictTransportSecurity: false,
  });
  if (webFolder === undefined) return;
  await app.register(compress, {
    threshold: 1_024,
    customTypes: /^(text\/|application\/(javascript|json)|image\/svg)/,
  });
  await app.register(async (pages) => {
    pages.addHook("onRoute", ({ url }) => void files.add(url));
    await pages.register(staticFiles, {
      root: webFolder,
      serve: false,
      dotfiles: "ignore",
      setHeaders(reply, path) {
        const hashed = path.includes("/assets/");
        reply.header("cache-control", hashed ? "public, max-age=31536000, immutable" : "no-cache");
      },
    });
    // Browsers ask for it where no page says which icon it has.
    pages.get("/favicon.ico", (_request, reply) => reply.sendFile("mark.svg"));
    // Looked for when they are asked for: a dashboard that is built anew is served without a restart.
    pages.get<{ Params: { "*": string } }>("/*", (request, reply) => {
      const path = request.params["*"];
      if (/\.\w+$/.test(path)) return reply.sendFile(path);
      // Pages are routes of the dashboard: it looks at the address itself. Its first one is there for whoever looks.
      const wantsPage = path === "" || (request.headers.accept ?? "").includes("text/html");
      return wantsPage ? reply.sendFile("index.html") : reply.callNotFound();
    });
    pages.setNotFoundHandler((request, reply) =>
      reply
        .code(404)
        .type("text/plain")
        .send(`there is nothing at ${request.method} ${request.url.split("?", 1)[0]}\n`),
    );
  });
}
