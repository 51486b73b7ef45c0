import { describe } from "vitest";
import { yamlProjectFileReader } from "#adapters/project-file-reader/yaml/index.ts";
import { projectFileReaderConformance } from "./project-file-reader.ts";

describe("project files in YAML", () => {
  projectFileReaderConformance(yamlProjectFileReader());
});
