import { agoTick, formatAgo, formatDateTime, formatDuration, formatDurationLong } from "#lib/format.ts";
import { useNow } from "#ui/use-now.ts";

/** How long ago, ticking; the full date and time on hover and for machines. The suffix (` ago`) is for times that are past. */
export function RelativeTime({ at, suffix = "" }: { readonly at: number; readonly suffix?: string }) {
  const now = useNow((time) => agoTick(at, time));
  const full = formatDateTime(at);
  return (
    <time className="tn" dateTime={new Date(at).toISOString()} title={full}>
      {formatAgo(at, now)}
      {now - at >= 1000 && suffix}
    </time>
  );
}

/** From `from` to `to`, or to now and ticking where it has not ended. Milliseconds since 1970. */
export function Duration(props: {
  readonly from: number;
  readonly to?: number | undefined;
  readonly long?: boolean | undefined;
}) {
  const { from, to, long = false } = props;
  const now = useNow(() => (to === undefined ? 1000 : undefined));
  const ms = (to ?? Math.max(now, from)) - from;
  return <span className="tn">{long ? formatDurationLong(ms) : formatDuration(ms)}</span>;
}
