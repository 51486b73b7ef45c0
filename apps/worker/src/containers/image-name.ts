const PART = "[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*";
const REGISTRY = "(?:[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?|\\[[a-fA-F0-9:]+\\])(?::[0-9]+)?";
const IMAGE = new RegExp(`^(?:${REGISTRY}/)?${PART}(?:/${PART})*(?::[\\w][\\w.-]{0,127})?(?:@sha256:[a-f0-9]{64})?$`);
/** podman reads these, before a colon, as places on this machine. */
const PLACES = /^(?:containers-storage|dir|docker-archive|docker-daemon|oci|oci-archive|ostree|sif|tarball):/;

/** Whether a name can only mean an image of a registry or of the engine: no option, no path, no other place. */
export function isImageName(name: string): boolean {
  return name.length <= 500 && IMAGE.test(name) && !PLACES.test(name);
}
