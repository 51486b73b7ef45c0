import { formatCount } from "#lib/format.ts";
import type { LogView } from "#lib/log-feed.ts";
import { strings } from "#lib/strings.ts";
import { Button } from "#ui/button.tsx";
import { Icon } from "#ui/icons.tsx";
import { StateGlyph } from "#ui/state-glyph.tsx";

/** What is to be said over the lines: that there are none, or that they could not be read. */
export function LogNotes({ view, onRetry }: { readonly view: LogView; readonly onRetry: () => void }) {
  if (view.failed) {
    return (
      <div className="log-failed" role="alert">
        <StateGlyph state="failed" />
        {strings.log.failedLine}
        <Button size="small" icon="retry" onClick={onRetry}>
          {strings.actions.retry}
        </Button>
      </div>
    );
  }
  if (view.latest > 0) return null;
  return <p className="log-note">{view.ended ? strings.log.emptyEnded : strings.log.empty}</p>;
}

/** The way back to the end, with how much came meanwhile. */
export function FollowPill(props: { readonly waiting: number; readonly ended: boolean; readonly onClick: () => void }) {
  const { waiting, ended } = props;
  const text =
    waiting === 0
      ? strings.log.toEnd
      : waiting === 1
        ? strings.log.newLine
        : strings.log.newLines(formatCount(waiting));
  return (
    <button type="button" className="follow" onClick={props.onClick}>
      <Icon name="to-end" />
      {text}
      {!ended && <span className="faint">{strings.log.stillSending}</span>}
    </button>
  );
}
