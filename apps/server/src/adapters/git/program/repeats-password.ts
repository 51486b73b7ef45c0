import type { GitFetch } from "#core/ports/git.ts";

/** Whether a text has the password of a login in it, as it is or as programs that speak HTTP write it. */
export function repeatsPassword(text: string, { username, password }: GitFetch): boolean {
  if (password === undefined) return false;
  const lines = [password, ...password.split(/\r?\n/)].map((line) => line.trim()).filter((line) => line !== "");
  return lines.some((line) => formsOf(line, username ?? "").some((form) => text.includes(form)));
}

function formsOf(password: string, username: string): readonly string[] {
  const login = Buffer.from(`${username}:${password}`);
  const bytes = Buffer.from(password);
  // Whatever stands before it: the characters that depend on the password alone.
  const base64 = [0, 1, 2].map((shift) =>
    Buffer.concat([Buffer.alloc(shift), bytes])
      .toString("base64")
      .slice(Math.ceil((shift * 8) / 6), Math.floor(((shift + bytes.length) * 8) / 6)),
  );
  const url = encodeURIComponent(password.toWellFormed());
  const all = [password, url, url.toLowerCase(), JSON.stringify(password).slice(1, -1), bytes.toString("hex")];
  return [...all, login.toString("base64"), ...base64].filter(({ length }) => length > 0);
}
