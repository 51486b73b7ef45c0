import { formatCount } from "#lib/format.ts";
import type { LogView } from "#lib/log-feed.ts";
import { strings } from "#lib/strings.ts";
import { Button } from "#ui/button.tsx";
import { Icon } from "#ui/icons.tsx";
import { StateGlyph } from "#ui/state-glyph.tsx";

interface LogNotesProps {
  readonly view: LogView;
  /** Only some lines are shown. */
  readonly filtered: boolean;
  readonly onRetry: () => void;
}

/** What is to be said over the lines: that there are none, or that they could not be read. */
export function LogNotes({ view, filtered, onRetry }: LogNotesProps) {
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
  if (filtered) return <p className="log-note">{view.ended ? strings.log.nothingLeft : strings.log.choosing}</p>;
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
