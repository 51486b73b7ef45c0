import { SourceService } from "@tributary/proto/tributary/v1/sources_pb";

import { links } from "#pages/links.ts";
import { ActLink } from "#pages/parts/act-link.tsx";
import { tasksStrings } from "#pages/strings/tasks-strings.ts";

/** The way out of a list that is empty as no project file is read yet. */
export function AddSource() {
  return (
    <ActLink method={SourceService.method.createSource} variant="primary" icon="plus" href={links.addSource()}>
      {tasksStrings.empty.addSource}
    </ActLink>
  );
}
