import type { PreparedEnvironment } from "@tributary/proto/tributary/v1/tasks_pb";

import { environmentStrings as words } from "#pages/strings/environment-strings.ts";

/** `Python 3.11.7, Poetry, from the cache`, or `Image, fetched for this run`. */
export function environmentWords({ kind, pythonVersion, key, reused }: PreparedEnvironment): string {
  if (kind === "image") return [words.image, reused ? words.imageReused : words.imageFetched].join(", ");
  const origin = reused ? words.reused : key ? words.built : words.alone;
  return [words.python(pythonVersion), ...(kind ? [words.kinds[kind] ?? kind, origin] : [])].join(", ");
}
