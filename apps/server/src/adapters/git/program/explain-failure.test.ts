import { describe, expect, it } from "vitest";
import { explainFailure } from "./explain-failure.ts";

const password = "s3cret/pass+word";
const ask = { sourceId: "s", repository: "https://git.example/team/demo.git", username: "ana", password };

describe("what git says that nobody foresaw", () => {
  it("is told in its last words, on one line, without the login of an address", () => {
    const stderr = `remote: Counting\nfatal: the odd thing at https://ana:x@git.example/team happened\x07\nMake sure\n`;
    expect(explainFailure(stderr.replace("Make sure\n", ""), ask)).toEqual({
      ok: false,
      kind: "unknown",
      message: "git could not read the repository: the odd thing at https://git.example/team happened ",
    });
  });

  it.each([
    ["as it is", password],
    ["in an address", encodeURIComponent(password)],
    ["in a header", Buffer.from(`ana:${password}`).toString("base64")],
    ["in another's base64", Buffer.from(`xy${password}z`).toString("base64")],
    ["in JSON", JSON.stringify({ password })],
    ["in hexadecimal", Buffer.from(password).toString("hex")],
  ])("is left out when it has the password in it %s", (_, form) => {
    const { message } = explainFailure(`fatal: odd: ${form} was not liked\n`, ask);
    expect(message).toBe("git could not read the repository: what it says has the login in it, and is left out");
  });

  it("is left out when it has a line of a key in it", () => {
    const key = "-----BEGIN KEY-----\nbGluZS1vbmU\n-----END KEY-----\n";
    expect(explainFailure("fatal: odd: bGluZS1vbmU\n", { ...ask, password: key }).message).not.toContain("bGluZS1vbmU");
  });
});
