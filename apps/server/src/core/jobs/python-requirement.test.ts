import { describe, expect, it } from "vitest";
import { matchPython } from "#core/jobs/python-requirement.ts";

const there = ["3.9.18", "3.11.2", "3.11.10", "3.13.0"];

describe("the Python of a job", () => {
  it.each([
    [[], "3.13.0"],
    [["3"], "3.13.0"],
    [["3.11"], "3.11.10"],
    [["3.11.2"], "3.11.2"],
    [[">=3.9,<3.13"], "3.11.10"],
    [[">3.11.10"], "3.13.0"],
    [["<=3.11.2, !=3.11.2"], "3.9.18"],
    [["==3.13"], "3.13.0"],
    [["3.11", "<3.11.5"], "3.11.2"],
    [["3.1"], undefined],
    [["3.11", "3.9"], undefined],
    [["4"], undefined],
  ])("%j is %s", (requirements, expected) => {
    expect(matchPython(requirements, there)).toBe(expected);
  });

  it.each(["three", "3.x", ">=", ">=3.9,,<4", "~=3.9", "3.11.4.5", ""])(
    "refuses %j and says what may be written",
    (text) => {
      expect(() => matchPython([text], there)).toThrow(/python_version: ".*" is not a version; write 3, 3.11/);
    },
  );
});
