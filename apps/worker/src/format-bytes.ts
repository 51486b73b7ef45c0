const UNITS = ["bytes", "KiB", "MiB", "GiB", "TiB"];

/** A size as people read it: `64 MiB`, `1.5 GiB`. */
export function formatBytes(bytes: number): string {
  const power = bytes < 1 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log2(bytes) / 10));
  const amount = bytes / 1024 ** power;
  return `${Number(amount.toFixed(amount < 10 ? 1 : 0))} ${UNITS[power]}`;
}
