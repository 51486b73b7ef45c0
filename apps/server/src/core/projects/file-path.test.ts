import { describe, expect, it } from "vitest";
import { checkFilePath } from "#core/projects/file-path.ts";

describe("paths inside a project", () => {
  it.each([
    ["./ame.yaml", "ame.yaml"],
    ["./src//a.py", "src/a.py"],
    ["a/./b", "a/b"],
    ["..a/b..", "..a/b.."],
    [".git/config", ".git/config"],
    ["ünï cødé", "ünï cødé"],
  ])("%j is %j", (path, clean) => {
    expect(checkFilePath(path, "filepath")).toBe(clean);
  });

  it.each([
    ["", "names no file"],
    ["./", "names no file"],
    ["/etc/passwd", "is absolute"],
    ["C:\\x", "contains a backslash"],
    ["c:x", "is absolute"],
    ["../x", "leaves the folder"],
    ["a/../../x", "leaves the folder"],
    ["a/..", "leaves the folder"],
    ["a\0b", "control character"],
    ["a\nb", "control character"],
    ["a\\..\\b", "backslash"],
    ["x".repeat(256), "too long"],
    ["x/".repeat(3_000), "too long"],
  ])("refuses %j: it %s", (path, why) => {
    expect(() => checkFilePath(path, "filepath")).toThrow(why);
  });
});
