import { expect, test } from "vitest";
import { attemptBase, buildingBase } from "../src/environment-variables.ts";

const own = {
  PATH: "/a/node_modules/.bin:/usr/bin::relative:/bin",
  HOME: "/root",
  LC_ALL: "C",
  TZ: "UTC",
  HTTPS_PROXY: "http://proxy",
  SSL_CERT_FILE: "/ca.pem",
  PIP_INDEX_URL: "https://index",
  PIP_CONFIG_FILE: "/pip.conf",
  PIP_TARGET: "/elsewhere",
  UV_INDEX: "https://index",
  UV_PYTHON: "3.9",
  PYTHONPATH: "/x",
  TRIBUTARY_TOKEN: "secret",
  AWS_SECRET_ACCESS_KEY: "secret",
};

test("attempts get little", () => {
  const base = { PATH: "/usr/bin:/bin", LC_ALL: "C", TZ: "UTC", HTTPS_PROXY: "http://proxy", SSL_CERT_FILE: "/ca.pem" };
  expect(attemptBase(own)).toEqual(base);
});

test("building gets where packages come from as well", () => {
  expect(buildingBase(own)).toEqual({
    ...attemptBase(own),
    HOME: "/root",
    PIP_INDEX_URL: "https://index",
    PIP_CONFIG_FILE: "/pip.conf",
    UV_INDEX: "https://index",
  });
});

test("there is always a PATH", () => {
  expect(attemptBase({})).toEqual({ PATH: "/usr/local/bin:/usr/bin:/bin" });
});
