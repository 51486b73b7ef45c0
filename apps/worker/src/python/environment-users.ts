import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const USERS = "users";

/**
 * Notes in the folder of an environment that an attempt uses it, as long as the attempt's folder is there: so that it
 * holds whichever worker, of this or another folder, asks, and whatever was killed meanwhile.
 */
export function addUser(environment: string, attemptFolder: string): void {
  mkdirSync(join(environment, USERS), { recursive: true });
  const name = createHash("sha256").update(attemptFolder).digest("hex").slice(0, 16);
  writeFileSync(join(environment, USERS, name), attemptFolder);
}

/** Whether an attempt uses it. Forgets those that are gone. */
export function hasUsers(environment: string): boolean {
  const users = join(environment, USERS);
  const names = existsSync(users) ? readdirSync(users) : [];
  const living = names.filter((name) => {
    const lives = existsSync(readFileSync(join(users, name), "utf8"));
    if (!lives) rmSync(join(users, name), { force: true });
    return lives;
  });
  return living.length > 0;
}
