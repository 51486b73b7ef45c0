import { unservedStrings } from "#pages/strings/unserved-strings.ts";
import { UnservedPage } from "#pages/unserved/unserved-page.tsx";

/** Sessions of tasks, which come over ArmoniK's API. */
export function SessionsPage() {
  return <UnservedPage words={unservedStrings.sessions} icon="sessions" />;
}
