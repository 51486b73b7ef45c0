import { formatCount } from "#lib/format.ts";
import type { LogGroup } from "#lib/log-groups.ts";
import { strings } from "#lib/strings.ts";
import { Icon } from "#ui/icons.tsx";
import { StateGlyph } from "#ui/state-glyph.tsx";

/** A group whose first or last line a row is. */
export interface RowGroup {
  readonly group: LogGroup;
  readonly folded: boolean;
  /** Lines in it that look like errors, as far as they are known. */
  readonly errors: number;
}

/** A group's title in place of its mark, with the way to fold it. */
export function GroupHead({
  group,
  folded,
  errors,
  onFold,
}: RowGroup & { readonly onFold: (line: number, folded: boolean) => void }) {
  const { line, last, title, depth } = group;
  const name = title === "" ? strings.log.groupUntitled : title;
  return (
    <span className="l-group" style={{ paddingLeft: depth * 16 }}>
      <button
        type="button"
        aria-expanded={!folded}
        aria-label={folded ? strings.log.unfold(name) : strings.log.fold(name)}
        onClick={() => onFold(line, !folded)}
      >
        <Icon name={folded ? "right" : "down"} />
        <b>{name}</b>
      </button>
      {folded && last !== Number.POSITIVE_INFINITY && (
        <span className="pin">{strings.log.groupLines(formatCount(last - line))}</span>
      )}
      {folded && errors > 0 && (
        <span className="pin pin--bad">
          <StateGlyph state="failed" />
          {errors === 1 ? strings.log.oneErrorInside : strings.log.errorsInside(formatCount(errors))}
        </span>
      )}
    </span>
  );
}

/** The line that ends a group, in place of its mark. */
export function GroupFoot({ group }: RowGroup) {
  const name = group.title === "" ? strings.log.groupUntitled : group.title;
  return (
    <span className="l-group-end" style={{ paddingLeft: group.depth * 16 }}>
      {strings.log.groupEnd(name)}
    </span>
  );
}
