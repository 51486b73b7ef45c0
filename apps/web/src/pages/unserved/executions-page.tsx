import { unservedStrings } from "#pages/strings/unserved-strings.ts";
import { UnservedPage } from "#pages/unserved/unserved-page.tsx";

/** Runs of workflows, which come over Flyte's API. */
export function ExecutionsPage() {
  return <UnservedPage words={unservedStrings.executions} icon="executions" />;
}
