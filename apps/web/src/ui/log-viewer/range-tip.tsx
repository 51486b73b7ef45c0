import { formatCount } from "#lib/format.ts";
import type { LineRange } from "#lib/line-range.ts";
import { strings } from "#lib/strings.ts";
import { IconButton } from "#ui/button.tsx";
import { CopyButton } from "#ui/copy-button.tsx";

/** Beside the first marked line: its link, and the way to drop the mark. */
export function RangeTip(props: {
  readonly range: LineRange;
  readonly href: string;
  readonly onClear: (() => void) | undefined;
}) {
  const { from, to } = props.range;
  const words = from === to ? formatCount(from) : `${formatCount(from)}–${formatCount(to)}`;
  return (
    <span className="range-tip">
      <CopyButton variant="plain" icon="link" text={new URL(props.href, location.href).href}>
        {strings.log.copyLink(words)}
      </CopyButton>
      {props.onClear && <IconButton size="small" icon="close" label={strings.log.clearRange} onClick={props.onClear} />}
    </span>
  );
}
