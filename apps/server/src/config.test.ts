import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { ConfigError } from "#server/config/config-error.ts";
import { secretVariables, variables } from "#server/config/variables.ts";
import { readConfig } from "#server/config.ts";

describe("the configuration", () => {
  it("has defaults for everything", () => {
    const config = readConfig({});
    expect(config).toMatchObject({
      addresses: [{ host: "127.0.0.1", port: 3342 }],
      example: true,
      shutdownMilliseconds: 10_000,
    });
    expect(config.dataFolder.startsWith("/")).toBe(true);
  });

  it("takes an empty variable as an unset one, and more addresses from a list", () => {
    const config = readConfig({ TRIBUTARY_PORT: "", TRIBUTARY_LISTEN: "127.0.0.1:50051, [::1]:50051" });
    expect(config.addresses).toEqual([
      { host: "127.0.0.1", port: 3342 },
      { host: "127.0.0.1", port: 50_051 },
      { host: "::1", port: 50_051 },
    ]);
  });

  it.each([
    [{ TRIBUTARY_PORT: "70000" }, /^TRIBUTARY_PORT {2}/],
    [{ TRIBUTARY_PORT: "x", TRIBUTARY_EXAMPLE: "maybe" }, /TRIBUTARY_PORT .*\nTRIBUTARY_EXAMPLE /],
    [{ TRIBUTARY_HOST: "0.0.0.0" }, /set TRIBUTARY_AUTH=required/],
    [{ TRIBUTARY_LISTEN: "192.168.0.1:80" }, /192\.168\.0\.1 can be reached from other machines/],
    [{ TRIBUTARY_HOST: "0.0.0.0", TRIBUTARY_AUTH: "local" }, /can be reached/],
    [{ TRIBUTARY_AUTH: "none" }, /TRIBUTARY_AUTH/],
    [{ TRIBUTARY_LISTEN: "nonsense" }, /is not host:port/],
    [{ TRIBUTARY_PUBLIC_URL: "ftp://x" }, /TRIBUTARY_PUBLIC_URL/],
    [{ TRIBUTARY_DATABASE_URL: "mysql://a:secret@b/c" }, /^TRIBUTARY_DATABASE_URL {2}is not postgres(?!.*secret)/],
    [{ TRIBUTARY_DATABASE: "x" }, /TRIBUTARY_DATABASE {2}is not a variable/],
    [{ TRIBUTARY_MASTER_KEY: "x", TRIBUTARY_MASTER_KEY_FILE: "y" }, /set one of them/],
  ])("refuses %j and names what is wrong", (environment, why) => {
    expect(() => readConfig(environment)).toThrow(ConfigError);
    expect(() => readConfig(environment)).toThrow(why);
  });

  it("listens anywhere where callers need tokens, or where it is told that they need none", () => {
    for (const TRIBUTARY_AUTH of ["required", "none-i-know"]) {
      expect(readConfig({ TRIBUTARY_HOST: "0.0.0.0", TRIBUTARY_AUTH })).toMatchObject({ auth: TRIBUTARY_AUTH });
    }
  });

  it("is documented, every variable of it", () => {
    const page = readFileSync(new URL("../../../docs/configuration.md", import.meta.url), "utf8");
    const named = [...page.matchAll(/^\| `(TRIBUTARY_\w+)`/gm)].map(([, name]) => name);
    expect(named.sort()).toEqual(Object.keys(variables).sort());
    for (const name of secretVariables) expect(page).toContain(`\`${name}_FILE\``);
  });
});
