import { formatDuration, formatDurationLong } from "#lib/format.ts";
import { useNow } from "#ui/use-now.ts";

/** A duration for a sentence or an axis, without parts that are none: `14 min`, `2 h 31 min`. */
export function roundDuration(ms: number): string {
  const minutes = Math.floor(ms / 60_000) * 60_000;
  return formatDurationLong(minutes > 0 ? minutes : ms).replace(/ 0 (?:s|min|h)$/, "");
}

/** How long something has lasted, for a sentence: to the minute from a minute on. */
export function Age({ from }: { readonly from: number }) {
  const now = useNow((time) => (time - from < 60_000 ? 1000 : 20_000));
  const ms = Math.max(0, now - from);
  return (
    <span className="tn" title={formatDuration(ms)}>
      {roundDuration(ms)}
    </span>
  );
}
