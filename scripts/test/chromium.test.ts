import { chmodSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { prepareChromium } from "../chromium.ts";
import { temporaryFolder, writeFiles } from "./temporary-folder.ts";

it("takes the first program that runs", async () => {
  const folder = temporaryFolder();
  writeFiles(folder, { broken: "#!/bin/sh\nexit 1\n", whole: "#!/bin/sh\necho Chromium 1\n", "no-program": "" });
  const place = (name: string) => join(folder, name);
  for (const name of ["broken", "whole"]) chmodSync(place(name), 0o755);
  const places = ["absent", "no-program", "broken", "whole"].map(place);
  expect(await prepareChromium(places)).toEqual({ environment: { CHROMIUM: place("whole") } });
});
