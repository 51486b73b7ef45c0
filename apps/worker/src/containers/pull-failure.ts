import { StepFailure } from "../step-failure.ts";

/** What registries and engines say of a name that leads nowhere, as far as the caller may know. */
const UNKNOWN =
  /manifest unknown|manifest for .* not found|name unknown|repository .* not found|does not exist|no such image|image not known|not found: manifest|short-name .* did not resolve|no unqualified-search registries/i;
const DENIED =
  /unauthorized|access denied|authentication required|denied: |requested access to the resource is denied|403/i;

/** Why an image cannot be had: the task's fault when its name is wrong, the machine's when the way there is. */
export function pullFailure(image: string, why: string): StepFailure {
  const message = `The image ${image} could not be fetched: ${why}`;
  if (UNKNOWN.test(why)) {
    return new StepFailure("image-not-found", message, { hint: "Check the image's name and tag, and its registry." });
  }
  if (DENIED.test(why)) {
    const hint =
      "Check the name; a private image needs a log-in of the worker's user at its registry (podman or docker login).";
    return new StepFailure("image-denied", message, { hint });
  }
  const hint = "Check that the worker's machine reaches the registry and has room on its disk.";
  return new StepFailure("image-not-fetched", message, { hint, system: true });
}
