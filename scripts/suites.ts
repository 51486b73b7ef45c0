import { globSync } from "node:fs";
import { join } from "node:path";
import { prepareChromium } from "./chromium.ts";
import type { Job } from "./in-parallel.ts";
import type { Need } from "./need.ts";
import { preparePodman } from "./podman.ts";
import type { ReportKind } from "./read-report.ts";
import { root } from "./root.ts";
import { prepareSlurm } from "./slurm.ts";
import { prepareSshd } from "./sshd.ts";

/** Tests that are run by one program, and counted and timed together. */
export interface Suite extends Job {
  readonly name: string;
  /** From the root. */
  readonly folder: string;
  readonly argv: readonly [string, ...string[]];
  readonly environment?: Readonly<Record<string, string>>;
  readonly report: ReportKind;
  readonly minutes: number;
  /** Left out of the two-minute subset. */
  readonly slow?: boolean;
  /** Sees to it that parts of the system are there. */
  readonly needs?: () => Promise<Need>;
}

/** Where a program is to write its report: replaced before it is started. */
export const reportFile = "{report}";

/** Tests that take longer are in files of this name, which the two-minute subset leaves out. */
const slowTests = "**/*.slow.test.{ts,tsx}";

/** What these look at are the files of the embedded store. */
const ofEmbeddedStore = [
  "test/facades/tributary-system.test.ts",
  "test/journeys/master-keys.slow.test.ts",
  "test/journeys/million-queued.slow.test.ts",
];

interface Choice {
  readonly folder: string;
  /** Parts of paths, at least one of which must match. */
  readonly filters?: readonly string[];
  readonly excluded?: readonly string[];
  readonly fast: boolean;
}

function vitest({ folder, filters = [], excluded = [], fast }: Choice): Pick<Suite, "folder" | "argv" | "report"> {
  const program = [process.execPath, join(root, "node_modules/vitest/vitest.mjs"), "run", ...filters] as const;
  const exclude = [...excluded, ...(fast ? [slowTests] : [])].map((pattern) => `--exclude=${pattern}`);
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${reportFile}`];
  return { folder, report: "vitest", argv: [...program, ...exclude, "--allowOnly=false", ...reporters] };
}

/** Every suite, those that take longest first. */
export function listSuites(fast: boolean): Suite[] {
  const server = { folder: "apps/server", fast };
  const suites: (Suite | undefined)[] = [
    {
      name: "server",
      ...vitest({ ...server, excluded: ["test/{wire,journeys,interop,faults,ssh,slurm}/**"] }),
      minutes: 25,
    },
    {
      name: "check",
      folder: ".",
      report: "check",
      argv: [process.execPath, "scripts/check.ts", `--report=${reportFile}`],
      minutes: 5,
    },
    {
      name: "server-postgres",
      ...vitest({
        ...server,
        filters: ["test/conformance/store", "test/facades/", "test/core/"],
        excluded: ofEmbeddedStore,
      }),
      environment: { TRIBUTARY_TEST_STORE: "postgres" },
      minutes: 30,
    },
    { name: "worker", ...vitest({ folder: "apps/worker", excluded: ["test/podman/**"], fast }), minutes: 25 },
    {
      name: "containers",
      ...vitest({ folder: "apps/worker", filters: ["test/podman/"], fast }),
      minutes: 5,
      slow: true,
      needs: preparePodman,
    },
    { name: "journeys", ...vitest({ ...server, filters: ["test/journeys/"] }), minutes: 25, slow: true },
    { name: "faults", ...vitest({ ...server, filters: ["test/faults/"] }), minutes: 15, slow: true },
    {
      name: "journeys-postgres",
      ...vitest({ ...server, filters: ["test/journeys/"], excluded: ofEmbeddedStore }),
      environment: { TRIBUTARY_TEST_STORE: "postgres" },
      minutes: 30,
      slow: true,
    },
    { name: "git-ssh", ...vitest({ ...server, filters: ["test/ssh/"] }), minutes: 5, slow: true, needs: prepareSshd },
    { name: "slurm", ...vitest({ ...server, filters: ["test/slurm/"] }), minutes: 10, slow: true, needs: prepareSlurm },
    { name: "wire", ...vitest({ ...server, filters: ["test/wire/"] }), minutes: 10 },
    { name: "web", ...vitest({ folder: "apps/web", fast }), minutes: 10 },
    { name: "scripts", ...vitest({ folder: "scripts", fast }), minutes: 5 },
    { name: "proto", ...vitest({ folder: "proto", fast }), minutes: 2 },
    {
      name: "example",
      folder: "examples/churn",
      report: "unittest",
      // what needs packages is in files of its own
      argv: ["python3", "-m", "unittest", "-v", "tests.test_baseline"],
      environment: { PYTHONDONTWRITEBYTECODE: "1" },
      minutes: 2,
    },
    whenThere("apps/cli/{src,test}/**/*.test.ts", { name: "cli", ...vitest({ folder: "apps/cli", fast }), minutes: 5 }),
    whenThere("apps/server/test/interop/**/*.test.ts", {
      name: "interop",
      ...vitest({ ...server, filters: ["test/interop/"] }),
      minutes: 20,
      slow: true,
    }),
    {
      name: "browser",
      folder: "e2e",
      report: "playwright",
      argv: [
        process.execPath,
        "node_modules/@playwright/test/cli.js",
        "test",
        `--config=${join(root, "playwright.config.ts")}`,
        "--reporter=list,json",
      ],
      environment: { PLAYWRIGHT_JSON_OUTPUT_FILE: reportFile },
      minutes: 30,
      slow: true,
      alone: true,
      needs: () => prepareChromium(),
    },
  ];
  return suites.filter((suite) => suite !== undefined).filter(({ slow }) => !(fast && slow));
}

/** A suite of something that may not have been written yet. */
function whenThere(pattern: string, suite: Suite): Suite | undefined {
  const found = globSync(pattern, { cwd: root, exclude: (path) => path.includes("node_modules") });
  return found.length > 0 ? suite : undefined;
}
