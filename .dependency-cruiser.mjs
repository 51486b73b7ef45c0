/*
 * Who may import whom. Every rule says what a folder may import; whatever is not named is forbidden.
 * `scripts/import-rules.ts` runs them, `scripts/test/import-rules.test.ts` plants a violation of each.
 */

/** Each dialect's folder of generated code. */
const generated = {
  agent: "agent",
  ame: "ame",
  armonik: "armonik",
  flyte: "flyteidl",
  // Of two versions.
  taskqueue: "(taskqueue|scitq)",
  tributary: "tributary",
};

const server = "^apps/server/src/";
const web = "^apps/web/src/";

/** Tests, and what only they and the pages for developers use, may import what they like. */
const tests = ["\\.test\\.tsx?$", "^apps/[^/]+/(src/)?tests?/", "/fixtures/", "/test-setup\\.ts$"];
const pagesForUs = `${web}(gallery|preview)`;

/** Any of these npm packages, and nothing whose name only begins like theirs. */
const packages = (...names) => `node_modules/(${names.join("|")})/`;
const code = (dialect) => `^proto/gen/${generated[dialect]}/`;
const dialects = Object.keys(generated);
/** What messages of tributary.v1 mean, where the server and its clients must read them alike. */
const sharedRules = "^proto/rules/";

/** A folder that may import `allowed` and nothing else. */
const only = (name, from, allowed, comment) => ({
  name,
  severity: "error",
  comment,
  from: { path: from, pathNot: tests },
  to: { pathNot: allowed },
});

/** A folder that may import anything but `forbidden`. */
const never = (name, from, forbidden, comment) => ({
  name,
  severity: "error",
  comment,
  from: { path: from, pathNot: tests },
  to: { path: forbidden },
});

/** @type {import("dependency-cruiser").IConfiguration} */
export default {
  forbidden: [
    only(
      "core",
      `${server}core/`,
      `${server}core/`,
      "The core imports the core: no package, no Node, no generated code.",
    ),
    ...dialects.map((dialect) =>
      only(
        `languages-${dialect}`,
        `${server}languages/${dialect}/`,
        [`${server}languages/${dialect}/`, code(dialect), packages("@bufbuild/protobuf")],
        "What a language means is pure: itself, its generated code and protobuf-es.",
      ),
    ),
    ...dialects.map((dialect) =>
      only(
        `facades-${dialect}`,
        `${server}facades/${dialect}/`,
        [
          `${server}(core|rpc|facades/${dialect}|languages/${dialect})/`,
          code(dialect),
          packages("@connectrpc/connect", "@bufbuild/protobuf"),
        ],
        "A façade translates its own dialect into calls of the core, and knows neither its siblings nor adapters nor Fastify.",
      ),
    ),
    {
      name: "adapters",
      severity: "error",
      comment: "An adapter serves a port: it knows the core, its own folder and its packages, and no other adapter.",
      from: { path: `${server}adapters/([^/]+)/([^/]+)/`, pathNot: tests },
      to: {
        path: ["^apps/", "^proto/", "^scripts/", "^e2e/"],
        pathNot: [
          `${server}core/`,
          `${server}adapters/$1/$2/`,
          // the two stores share one set of queries
          `${server}adapters/store/kysely/`,
          // providers start one program in one way
          `${server}adapters/provider/pilot/`,
          // a binder binds the values of one language
          `${server}languages/$2/`,
          sharedRules,
        ],
      },
    },
    {
      name: "adapters-core",
      severity: "error",
      comment:
        "An adapter knows the core's ports, refusals, types and a few rules about them; use cases call it, not it them.",
      from: { path: `${server}adapters/`, pathNot: tests },
      to: {
        path: `${server}core/`,
        pathNot: [
          `${server}core/(ports/|errors\\.ts$)`,
          `${server}core/(tasks/task|tasks/labels|sources/repository-url|objects/object-hash|data-sets/data-set|logs/(group-mark|plain-text))\\.ts$`,
        ],
        dependencyTypesNot: ["type-only"],
      },
    },
    never(
      "adapters-store-queries",
      `${server}adapters/(?!store/)`,
      `${server}adapters/store/`,
      "Only stores share the queries in adapters/store/kysely.",
    ),
    never(
      "adapters-provider-pilot",
      `${server}adapters/(?!provider/)`,
      `${server}adapters/provider/`,
      "Only providers start workers by adapters/provider/pilot.",
    ),
    never(
      "adapters-languages",
      `${server}adapters/(?!binder/)`,
      `${server}languages/`,
      "Of the adapters only a binder knows a language.",
    ),
    never(
      "adapters-chosen-in-compose",
      `${server}(?!adapters/|compose\\.ts$|main\\.ts$)`,
      `${server}adapters/`,
      "compose.ts chooses the adapters; everybody else asks ports.",
    ),
    only("loops", `${server}loops/`, `${server}(core|loops)/`, "A loop calls use cases of the core, and nothing else."),
    never(
      "rpc",
      `${server}rpc/`,
      [
        `${server}(?!rpc/|core/(ports/|journal/|audit/audit-event\\.ts$|errors\\.ts$|page\\.ts$|principal\\.ts$|token-bucket\\.ts$))`,
        "^proto/gen/(?!grpc/|buf/|google/)",
      ],
      "What façades share knows no façade, no adapter, no use case and not the listener.",
    ),
    never(
      "listener",
      `${server}listener/`,
      [`${server}(?!listener/|core/(errors|principal|token-bucket)\\.ts$)`, "^proto/gen/"],
      "The one port knows nothing of what is behind it.",
    ),
    never(
      "app",
      `${server}app\\.ts$`,
      [`${server}core/(?!ports/|scope/limited-store\\.ts$|errors\\.ts$|principal\\.ts$)`, `${server}loops/`],
      "app.ts puts façades, rpc and listener together over the ports.",
    ),
    never("server-apps", "^apps/server/", "^apps/(?!server/)", "The server imports no other app."),
    never(
      "worker",
      "^apps/worker/",
      ["^apps/(?!worker/)", "^proto/gen/(?!tributary/)"],
      "The worker speaks tributary.v1, and shares no code with the server.",
    ),
    never(
      "cli",
      "^apps/cli/",
      ["^apps/(?!cli/)", "^proto/gen/(?!tributary/)"],
      "The command line speaks tributary.v1, and shares no code with the server.",
    ),
    never(
      "web",
      "^apps/web/",
      ["^apps/(?!web/)", "^proto/gen/(?!tributary/)"],
      "The dashboard speaks tributary.v1, and shares no code with the server.",
    ),
    {
      name: "web-pages",
      severity: "error",
      comment:
        "Pages do not import each other; what several show is in ui/ or pages/parts/, and texts are in pages/strings/.",
      from: { path: `${web}pages/([^/]+)/`, pathNot: tests },
      to: { path: `${web}pages/[^/]+/`, pathNot: `${web}pages/($1|parts|strings)/` },
    },
    never("web-pages-api", `${web}(api|ui|lib)/`, `${web}pages/`, "What pages are made of does not know them."),
    only(
      "web-ui",
      `${web}ui/`,
      [
        `${web}(ui|lib)/`,
        sharedRules,
        packages("react", "react-dom", "@base-ui/react", "@tanstack/react-virtual", "@types/react(-dom)?"),
      ],
      "ui/ is props in, events out: it knows no RPC.",
    ),
    never("web-api", `${web}api/`, `${web}ui/`, "Data does not know how it is shown."),
    only("web-lib", `${web}lib/`, [`${web}lib/`, packages("anser")], "lib/ is pure functions."),
    {
      name: "generated-by-name",
      severity: "error",
      comment: "Generated code is imported as @tributary/proto/…, never by its path.",
      from: { path: "^(apps|e2e|scripts)/" },
      to: { path: "^proto/", dependencyTypes: ["local"] },
    },
    {
      name: "tests-stay-tests",
      severity: "error",
      comment: "What runs for users imports nothing that was written for tests.",
      from: { path: "^apps/", pathNot: [...tests, pagesForUs, "/vitest\\.config\\.ts$"] },
      to: { path: [...tests, pagesForUs, packages("vitest", "fast-check", "@testing-library/[^/]+")] },
    },
    {
      name: "no-cycles",
      severity: "error",
      comment: "No import cycles, type-only ones included.",
      from: { pathNot: tests },
      to: { circular: true },
    },
    {
      name: "resolvable",
      severity: "error",
      comment: "An import that cannot be resolved could be anything.",
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: ["node_modules", "^proto/gen/"] },
    exclude: { path: ["^apps/web/dist/"] },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      conditionNames: ["import", "types", "default"],
      exportsFields: ["exports"],
    },
  },
};
