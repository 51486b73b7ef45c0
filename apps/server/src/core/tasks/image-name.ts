import { RefusedError } from "#core/errors.ts";

const part = "[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*";
const registry = "(?:[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?|\\[[a-fA-F0-9:]+\\])(?::[0-9]+)?";
const pattern = new RegExp(`^(?:${registry}/)?${part}(?:/${part})*(?::[\\w][\\w.-]{0,127})?(?:@sha256:[a-f0-9]{64})?$`);
/** podman reads these, before a colon, as places on the worker's machine. */
const places = /^(?:containers-storage|dir|docker-archive|docker-daemon|oci|oci-archive|ostree|sif|tarball):/;
const longest = 500;

/**
 * Refuses what is not the name of an image in a registry: options, paths and other places of the worker's machine too.
 *
 * @throws RefusedError `invalid`, naming `field`
 */
export function checkImageName(name: string, field: string): void {
  if (name.length <= longest && pattern.test(name) && !places.test(name)) return;
  const shown = name.length > 80 ? `${name.slice(0, 80)}…` : name;
  throw new RefusedError(
    "invalid",
    `${field}: "${shown}" is not the name of an image; write it as docker pull takes it, such as debian:12 or registry.example.org/team/tool:1.0`,
    field,
  );
}
