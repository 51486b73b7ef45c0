import { configDefaults, defineConfig } from "vitest/config";

/** Tests of one technology run where the run's stores are of it. */
const others = process.env.TRIBUTARY_TEST_STORE === "postgres" ? "sqlite" : "postgres";

export default defineConfig({
  test: {
    include: ["src/**/*.test.ts", "test/**/*.test.ts"],
    exclude: [...configDefaults.exclude, `**/*${others}*.test.ts`, `**/${others}/**`],
    globalSetup: "test/postgres/global-setup.ts",
    testTimeout: 20_000,
    hookTimeout: 60_000,
  },
});
