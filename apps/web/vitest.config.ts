import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

export default defineConfig({
  plugins: [react()],
  test: {
    environment: "happy-dom",
    // one document a worker instead of one a file
    pool: "vmThreads",
    environmentOptions: {
      // a click on a link leads nowhere, least of all to the network
      happyDOM: { settings: { navigation: { disableMainFrameNavigation: true, disableChildPageNavigation: true } } },
    },
    include: ["src/**/*.test.{ts,tsx}"],
    setupFiles: ["src/test-setup.ts"],
    // More than the tests wait for anything they look for.
    testTimeout: 40_000,
  },
});
