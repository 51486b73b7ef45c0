import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { RefusedError } from "#core/errors.ts";
import type { FileSource } from "#core/ports/file-source.ts";

/** Files of a folder by their names; links are not followed. */
export function folderFileSource({ folder }: { readonly folder: string }): FileSource {
  return {
    place: folder,
    async open(id, signal) {
      const file = await open(join(folder, id), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(
        (error: NodeJS.ErrnoException) => {
          if (error.code === "ENOENT") return undefined;
          throw new RefusedError("unavailable", `it cannot be opened there (${error.code})`);
        },
      );
      if (!file) return undefined;
      if (!(await file.stat()).isFile()) {
        await file.close();
        throw new RefusedError("unavailable", "what is there is no file");
      }
      return file.createReadStream({ signal });
    },
  };
}
