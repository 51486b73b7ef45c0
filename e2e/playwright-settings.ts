import { defineConfig } from "@playwright/test";
import { chromiumLaunch } from "./chromium-launch.ts";

/** Browser tests against the real server; each test starts its own. Paths are relative to the root of the repository. */
export default defineConfig({
  testDir: "e2e",
  testMatch: "**/*.spec.ts",
  outputDir: "test-results",
  fullyParallel: true,
  forbidOnly: true,
  retries: 0,
  workers: 2,
  timeout: 120_000,
  reporter: "list",
  // a machine that is busy with other suites answers late
  expect: { timeout: 30_000 },
  use: {
    browserName: "chromium",
    launchOptions: chromiumLaunch(),
    viewport: { width: 1440, height: 900 },
    locale: "en-GB",
    timezoneId: "Europe/Berlin",
    contextOptions: { reducedMotion: "reduce" },
    actionTimeout: 30_000,
    navigationTimeout: 30_000,
    trace: "off",
    video: "off",
    screenshot: "only-on-failure",
  },
});
