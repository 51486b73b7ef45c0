import { test as plain } from "@playwright/test";
import { type GitServer, startGitServer } from "../apps/server/test/git-server.ts";
import { ServerProcess } from "../apps/server/test/server-process.ts";
import { Gate } from "./gate.ts";
import { PageFaults } from "./page-faults.ts";
import { stopServer } from "./stop-server.ts";

interface OfWorker {
  /** Variables for the server, beside a folder and a port of its own. */
  readonly environment: Readonly<Record<string, string>>;
  /**
   * A server with its worker; `page` opens paths of it. Other tests use it before and after, so each names its
   * repositories, secrets and tasks as no other does and counts nothing that is not its own.
   */
  readonly server: ServerProcess;
}

interface OfTest {
  /** An empty git server on the loopback interface. */
  readonly git: GitServer;
  /** Holds tasks up until the test lets them go on. */
  readonly gate: Gate;
  /** What the browser complains about: a test that leaves anything here fails. */
  readonly faults: PageFaults;
}

export const test = plain.extend<OfTest, OfWorker>({
  environment: [{}, { option: true, scope: "worker" }],
  server: [
    async ({ environment }, use) => {
      const server = await ServerProcess.start({ environment });
      await use(server);
      await stopServer(server);
    },
    { scope: "worker" },
  ],
  baseURL: async ({ server }, use) => use(server.url),
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads from the pattern what a fixture needs
  git: async ({}, use) => {
    const git = await startGitServer();
    await use(git);
    await git.close();
  },
  // biome-ignore lint/correctness/noEmptyPattern: as above
  gate: async ({}, use) => {
    const gate = await Gate.create();
    await use(gate);
    await gate.remove();
  },
  faults: [
    async ({ context }, use) => {
      const faults = new PageFaults();
      await faults.listen(context);
      await use(faults);
      faults.check();
    },
    { auto: true },
  ],
});

/** For tests of a server that nobody else has used or will use: `page` opens paths of that one. */
export const testAlone = test.extend<{ readonly freshServer: ServerProcess }>({
  // biome-ignore lint/correctness/noEmptyPattern: as above
  freshServer: async ({}, use) => {
    const server = await ServerProcess.start();
    await use(server);
    await stopServer(server);
  },
  baseURL: async ({ freshServer }, use) => use(freshServer.url),
});

export { expect } from "@playwright/test";
