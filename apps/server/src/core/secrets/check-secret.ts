import { RefusedError } from "#core/errors.ts";

const longestKey = 253;
const largestValue = 65_536;

/** @throws RefusedError `invalid` for a key that is not RFC 1123, as Kubernetes' secrets are named */
export function checkSecretKey(key: string): void {
  if (key === "") throw new RefusedError("invalid", "key: is empty; give the secret a name", "key");
  if (key.length > longestKey) {
    throw new RefusedError("invalid", `key: has ${key.length} characters, at most ${longestKey} are allowed`, "key");
  }
  if (!/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/.test(key)) {
    throw new RefusedError(
      "invalid",
      `key: ${JSON.stringify(key.slice(0, 80))} may have lower case letters, digits, - and ., and must begin and end with a letter or digit`,
      "key",
    );
  }
}

/** @throws RefusedError `invalid` for a value that is empty, too large or cannot be an environment variable */
export function checkSecretValue(value: string): void {
  if (value === "") throw new RefusedError("invalid", "value: is empty; a secret needs a value", "value");
  const size = new TextEncoder().encode(value).length;
  if (size > largestValue) {
    throw new RefusedError("invalid", `value: has ${size} bytes, at most ${largestValue} are kept`, "value");
  }
  // Values become environment variables, which end at a NUL.
  if (value.includes("\0")) throw new RefusedError("invalid", "value: contains a NUL character; remove it", "value");
}
