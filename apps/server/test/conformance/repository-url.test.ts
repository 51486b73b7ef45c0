import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RefusedError } from "#core/errors.ts";
import { checkRepositoryUrl } from "#core/sources/repository-url.ts";

describe("checkRepositoryUrl", () => {
  it.each([
    "https://github.com/someone/repo.git",
    "https://github.com/someone/repo",
    "http://127.0.0.1:8080/repo.git",
    "http://[::1]:8080/a/b/c",
    "https://dev.azure.com/org/my%20project/_git/repo",
    "https://host/~user/repo.git?x=1",
    "ssh://git@github.com/someone/repo.git",
    "ssh://git@host:2222/~/repo",
    "ssh://host/repo",
    "git@github.com:someone/repo.git",
    "git@[::1]:repo",
    "deploy-user@host.example:/srv/repo.git",
    "example:churn",
    "example:two-words",
  ])("takes %s", (url) => {
    expect(() => checkRepositoryUrl(url)).not.toThrow();
  });

  it.each([
    ["", "is empty"],
    [`https://host/${"x".repeat(2048)}`, "at most 2048"],
    ["https://host/a\nb", "control character"],
    ["https://host/a\u0000b", "control character"],
    ["https://host/a\u2028b", "control character"],
    ["https://host/a b", "white space"],
    [" https://host/a", "white space"],
    ["-u", "begins with a dash"],
    ["--upload-pack=touch /tmp/x", "white space"],
    ["--upload-pack=/tmp/x", "begins with a dash"],
    ["ext::sh", "not an address"],
    ["ext::sh@host:path", "not an address"],
    ["file:///etc/passwd", "file:// is not allowed"],
    ["file:/etc/passwd", "not an address"],
    ["/etc/passwd", "not an address"],
    ["./repo", "not an address"],
    ["../repo", "not an address"],
    ["repo", "not an address"],
    ["C:\\repo", "backslash"],
    ["git://host/repo", "git:// is not allowed"],
    ["ftp://host/repo", "ftp:// is not allowed"],
    ["ssh+git://host/repo", "is not allowed"],
    ["https::https://host/repo", "not an address"],
    ["javascript://host/%0aalert(1)", "is not allowed"],
    ["HTTPS://host/repo", "in lower case"],
    ["https://user:pass@host/repo", "user name or password"],
    ["https://token@host/repo", "user name or password"],
    ["ssh://git:pass@host/repo", "user name or password"],
    ["https:///repo", "names no host"],
    ["https://host", "no repository"],
    ["https://host/", "no repository"],
    ["https://host/repo#branch", '"#"'],
    ["https://ho st/repo", "white space"],
    ["https://host:99999/repo", "its port"],
    ["https://host:/repo", "no host that can be read"],
    ["https://@host/repo", "user name or password"],
    ["https://ho%73t/repo", "no host that can be read"],
    ["https://host?x", "no repository"],
    ["ssh://-oProxyCommand=touch/repo", "no host"],
    ["ssh://-oProxyCommand@host/repo", "user name cannot"],
    ["ssh://%2doProxyCommand@host/repo", "user name cannot"],
    ["ssh://git@host/-repo", "path begins with a dash"],
    ["ssh://git@host//%2drepo", "path begins with a dash"],
    ["-oProxyCommand=x@host:repo", "begins with a dash"],
    ["git@-host:repo", "not an address"],
    ["git@host:-repo", "path begins with a dash"],
    ["git@host::repo", '"::"'],
    ["git@host:", "not an address"],
    ["host:repo", "not an address"],
    ["user:password@host:repo", "not an address"],
    ["example:", "no bundled project"],
    ["example:../x", "no bundled project"],
    ["example:UP", "no bundled project"],
  ])("refuses %j: %s", (url, why) => {
    const check = () => checkRepositoryUrl(url);
    expect(check).toThrow(RefusedError);
    expect(check).toThrow(why);
    try {
      check();
    } catch (error) {
      expect(error).toMatchObject({ refusal: "invalid", field: "repository" });
      expect(error).not.toMatchObject({ message: expect.stringContaining("pass@") });
    }
  });

  it("lets through nothing that git would take for an option, a path or another program", () => {
    const parts = fc.constantFrom(
      "-",
      "ext::",
      "file://",
      "ssh://",
      "https://",
      "http://",
      "@",
      ":",
      "/",
      "a",
      "::",
      "%2d",
      "..",
      "\t",
      "example:",
    );
    fc.assert(
      fc.property(fc.array(parts, { maxLength: 8 }), (chosen) => {
        const url = chosen.join("");
        try {
          checkRepositoryUrl(url);
        } catch (error) {
          expect(error).toBeInstanceOf(RefusedError);
          return;
        }
        expect(url).toMatch(
          /^(https?:\/\/[^/:@-]|ssh:\/\/[^-]|[A-Za-z0-9_][^/:@]*@[^/:@-][^/:@]*:[^:-]|example:[a-z])/,
        );
      }),
      { numRuns: 5_000, examples: [[["a", "@", "a", "-", "ssh://"]]] },
    );
  });
});
