import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { tarArchiver } from "#adapters/archiver/tar/index.ts";
import { archiverConformance, fileOf, listed } from "./archiver.ts";

describe("tar", () => {
  archiverConformance(tarArchiver());

  it("is read by the program of that name", async () => {
    const chunks: Uint8Array[] = [];
    for await (const chunk of tarArchiver().pack(listed(fileOf("a/ü", "x"), fileOf("b", "#!")))) chunks.push(chunk);
    const names = execFileSync("tar", ["--quoting-style=literal", "-tf", "-"], {
      input: Buffer.concat(chunks),
      encoding: "utf8",
    });
    expect(names).toBe("a/ü\nb\n");
  });
});
