import { describe, expect, test } from "vitest";
import { browserGuard, type GuardedRequest, type GuardOptions } from "./browser-guard.ts";

const nothing: GuardOptions = { allowedHosts: [], allowedOrigins: [] };
const request: GuardedRequest = {
  method: "POST",
  authority: "localhost:3342",
  origin: undefined,
  fetchSite: undefined,
  tls: false,
  kind: "tcp",
};

function judge(asked: Partial<GuardedRequest>, options: Partial<GuardOptions> = {}): boolean {
  return browserGuard({ ...nothing, ...options }).judge({ ...request, ...asked }).allowed;
}

describe("host", () => {
  test.each([
    ["localhost:3342", true],
    ["localhost", true],
    ["LOCALHOST:3342", true],
    ["localhost.:3342", true],
    ["app.localhost:3342", true],
    ["127.0.0.1:3342", true],
    ["127.8.9.1", true],
    ["[::1]:3342", true],
    ["[0:0:0:0:0:0:0:1]:3342", true],
    // a tunnel or a container's port mapping
    ["localhost:9000", true],
    ["evil.example:3342", false],
    ["localhost.evil.example", false],
    ["127.0.0.1.evil.example", false],
    ["127.0.0.1.nip.io:3342", false],
    ["evil-localhost", false],
    ["0.0.0.0:3342", false],
    ["10.0.0.5:3342", false],
    ["[fe80::1]:3342", false],
    ["::1", false],
    ["[::1", false],
    ["localhost@evil.example", false],
    ["evil.example#localhost", false],
    ["localhost/evil", false],
    ["localhost:99999", false],
    ["localhost:", false],
    ["localhost:80:80", false],
    ["", false],
    ["..", false],
    ["ｌocalhost", false],
    [undefined, false],
  ])("%s: %s", (authority, allowed) => {
    expect(judge({ authority })).toBe(allowed);
  });

  test.each([
    ["tributary.example.org", "tributary.example.org:3342", true],
    ["tributary.example.org", "Tributary.Example.ORG", true],
    ["tributary.example.org", "www.tributary.example.org", false],
    ["tributary.example.org:3342", "tributary.example.org:3342", true],
    ["tributary.example.org:3342", "tributary.example.org:80", false],
    ["*.example.org", "a.b.example.org", true],
    ["*.example.org", "example.org", false],
    ["*.example.org", "evilexample.org", false],
    ["10.0.0.5", "10.0.0.5:3342", true],
    ["fe80::1", "[fe80::1]:3342", true],
    ["[fe80::1]", "[fe80::1]:3342", true],
    ["my_container", "my_container:3342", true],
    ["*", "evil.example", true],
    ["*", "not a host", false],
  ])("configured %s, called %s: %s", (allowedHost, authority, allowed) => {
    expect(judge({ authority }, { allowedHosts: [allowedHost] })).toBe(allowed);
  });

  test("any IP address, where that is chosen", () => {
    expect(judge({ authority: "10.0.0.5:3342" }, { anyIpAddress: true })).toBe(true);
    expect(judge({ authority: "[fe80::1]:3342" }, { anyIpAddress: true })).toBe(true);
    expect(judge({ authority: "evil.example" }, { anyIpAddress: true })).toBe(false);
  });

  test("of the unix socket may be anything that is a host", () => {
    expect(judge({ authority: "worker", kind: "unix" })).toBe(true);
    expect(judge({ authority: "%2Ftmp%2Fsocket", kind: "unix" })).toBe(false);
    expect(judge({ authority: "worker", kind: "unix", origin: "http://evil.example" })).toBe(false);
  });
});

describe("origin", () => {
  test.each([
    ["http://localhost:3342", {}, true],
    ["HTTP://LocalHost:3342", {}, true],
    ["http://localhost:3342", { method: "GET" }, true],
    ["https://localhost:3342", { tls: true }, true],
    ["http://localhost", { authority: "localhost" }, true],
    ["http://localhost:80", { authority: "localhost" }, true],
    ["https://localhost", { authority: "localhost:443", tls: true }, true],
    ["http://[::1]:3342", { authority: "[::1]:3342" }, true],
    ["https://localhost:3342", {}, false],
    ["http://localhost:3342", { tls: true }, false],
    ["http://localhost:8888", {}, false],
    ["http://localhost", {}, false],
    ["http://127.0.0.1:3342", {}, false],
    ["http://evil.example", {}, false],
    ["http://evil.example", { method: "GET" }, false],
    ["http://localhost:3342.evil.example", {}, false],
    ["null", {}, false],
    ["null", { method: "GET" }, false],
    ["", {}, false],
    ["file://", {}, false],
    ["http://localhost:3342, http://evil.example", {}, false],
    ["http://localhost:3342/", {}, false],
    ["chrome-extension://abcdef", {}, false],
  ])("%s calling with %o: %s", (origin, asked: Partial<GuardedRequest>, allowed) => {
    expect(judge({ origin, ...asked })).toBe(allowed);
  });

  test.each([
    ["https://notebooks.example.org", "https://notebooks.example.org", true],
    ["https://notebooks.example.org/", "https://notebooks.example.org:443", true],
    ["https://notebooks.example.org", "http://notebooks.example.org", false],
    ["https://notebooks.example.org", "https://evil.notebooks.example.org", false],
    ["http://localhost:5173", "http://localhost:5173", true],
    ["chrome-extension://abcdef", "chrome-extension://abcdef", true],
    ["chrome-extension://abcdef", "chrome-extension://evil", false],
  ])("configured %s, calling %s: %s", (allowedOrigin, origin, allowed) => {
    expect(judge({ origin }, { allowedOrigins: [allowedOrigin] })).toBe(allowed);
  });

  test("is handed on for a configured foreign page only", () => {
    const guard = browserGuard({ ...nothing, allowedOrigins: ["https://a.example"] });
    expect(guard.judge({ ...request, origin: "https://a.example" })).toEqual({
      allowed: true,
      corsOrigin: "https://a.example",
    });
    expect(guard.judge({ ...request, origin: "http://localhost:3342" })).toEqual({ allowed: true });
  });
});

describe("a page that sends no origin", () => {
  test.each([
    ["POST", "cross-site", false],
    ["POST", "same-site", false],
    ["PUT", "cross-site", false],
    ["OPTIONS", "cross-site", false],
    ["POST", "same-origin", true],
    ["POST", "none", true],
    ["POST", undefined, true],
    ["GET", "cross-site", true],
    ["HEAD", "cross-site", true],
    ["GET", undefined, true],
  ])("%s %s: %s", (method, fetchSite, allowed) => {
    expect(judge({ method, fetchSite })).toBe(allowed);
  });
});

describe("the public URL", () => {
  const options = { publicUrl: "https://tributary.example.org/base" };

  test.each([
    ["tributary.example.org", "https://tributary.example.org", true],
    ["tributary.example.org:443", undefined, true],
    // a proxy that ends TLS and names the server by its inner address
    ["127.0.0.1:3342", "https://tributary.example.org", true],
    ["tributary.example.org", "https://evil.example", false],
    ["evil.example", "https://tributary.example.org", false],
  ])("called %s by %s: %s", (authority, origin, allowed) => {
    expect(judge({ authority, origin }, options)).toBe(allowed);
  });
});

describe("a setting that cannot be understood", () => {
  test.each([
    [{ allowedHosts: ["https://example.org"] }, /^TRIBUTARY_ALLOWED_HOSTS: "https:\/\/example.org" is not a host/],
    [{ allowedHosts: [""] }, /^TRIBUTARY_ALLOWED_HOSTS/],
    [{ allowedOrigins: ["example.org"] }, /^TRIBUTARY_CORS_ORIGINS: "example.org" is not an origin/],
    [{ allowedOrigins: ["https://example.org/path"] }, /^TRIBUTARY_CORS_ORIGINS/],
    [{ allowedOrigins: ["*"] }, /^TRIBUTARY_CORS_ORIGINS/],
    [{ allowedOrigins: ["null"] }, /^TRIBUTARY_CORS_ORIGINS/],
    [{ publicUrl: "example.org" }, /^TRIBUTARY_PUBLIC_URL/],
    [{ publicUrl: "ftp://example.org" }, /^TRIBUTARY_PUBLIC_URL/],
  ])("%o is named", (options, message) => {
    expect(() => browserGuard({ ...nothing, ...options })).toThrow(message);
  });
});
