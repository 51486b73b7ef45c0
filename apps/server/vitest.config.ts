import { configDefaults, defineConfig } from "vitest/config";

const onPostgres = process.env.TRIBUTARY_TEST_STORE === "postgres";

/** Tests of one technology run where the run's stores are of it. */
const others = onPostgres ? "sqlite" : "postgres";

export default defineConfig({
  test: {
    include: ["src/**/*.test.ts", "test/**/*.test.ts"],
    exclude: [...configDefaults.exclude, `**/*${others}*.test.ts`, `**/${others}/**`],
    globalSetup: "test/postgres/global-setup.ts",
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // A busy machine takes its time; what does not come fails no less.
    expect: { poll: { timeout: 20_000 } },
  },
});
