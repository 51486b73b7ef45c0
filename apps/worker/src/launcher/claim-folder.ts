import { mkdir, stat } from "node:fs/promises";

/** Makes a folder that only its owner may enter, and refuses an existing one that others may. `field` names it in errors. */
export async function claimFolder(path: string, field: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  const { mode, uid } = await stat(path);
  if (uid !== process.getuid?.()) throw new Error(`${field}: ${path} belongs to another user; choose another folder`);
  if ((mode & 0o077) !== 0) {
    throw new Error(`${field}: others may enter ${path}; choose another folder, or run: chmod 700 ${path}`);
  }
}
