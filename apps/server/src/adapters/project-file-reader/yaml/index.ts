import type { ProjectFileReader } from "#core/ports/project-file-reader.ts";
import { checkCircles, checkReferences } from "./check-references.ts";
import { parseYaml } from "./parse-yaml.ts";
import { readProject } from "./read-project.ts";
import { isEmpty, Reading } from "./reading.ts";
import { projectFileSchema } from "./schema.ts";

/**
 * Reads `ame.yaml`: everything that is wrong is told at once, with its place. Keys that are not known are warned of, as
 * are forms that AME's documentation has and its program does not.
 */
export function yamlProjectFileReader(): ProjectFileReader {
  return {
    schema: projectFileSchema,
    read(text) {
      const yaml = parseYaml(text);
      if ("problems" in yaml) return yaml;
      const reading = new Reading(yaml);
      const root = yaml.document.contents;
      if (isEmpty(root)) {
        reading.problem(root, "the file is empty; a project has a name at least: write name: my-project");
        return { problems: reading.problems };
      }
      const definition = readProject(reading, { key: root, value: reading.resolve(root), path: "" });
      if (definition) {
        checkReferences(reading, definition.name);
        checkCircles(reading, definition);
      }
      const problems = reading.problems.toSorted((a, b) => a.line - b.line || a.column - b.column);
      return reading.failed || !definition ? { problems } : { definition, problems };
    },
  };
}
