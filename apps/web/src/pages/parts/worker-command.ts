/** The command that starts a worker of one's own; names are for a POSIX shell. */
export function workerCommand(server: string, token: string, name: string): string {
  const words = ["tributary worker", `--server ${server}`, `--token ${token}`];
  return [...words, ...(name === "" ? [] : [`--name ${quoted(name)}`])].join(" \\\n  ");
}

function quoted(text: string): string {
  return /^[\w.@%+=:,/-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
