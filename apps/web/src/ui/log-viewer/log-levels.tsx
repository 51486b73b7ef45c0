import { formatCount } from "#lib/format.ts";
import type { LogPart } from "#lib/log-filter.ts";
import type { LogLevel } from "#lib/log-source.ts";
import { strings } from "#lib/strings.ts";
import { Icon } from "#ui/icons.tsx";
import { type State, StateGlyph } from "#ui/state-glyph.tsx";

/** How many lines of one level the whole log has. */
export interface LevelCount {
  readonly level: LogLevel;
  readonly count: number;
}

const states: Partial<Record<LogLevel, State>> = { error: "failed", warn: "problem" };

/** A counter for each level, with steps to the line before and after the one in view. */
export function LogLevels(props: {
  readonly levels: readonly LevelCount[];
  /** Levels of the only lines that are shown. */
  readonly only: readonly LogPart[];
  readonly onOnly: ((level: LogLevel) => void) | undefined;
  readonly onStep: (level: LogLevel, direction: 1 | -1) => void;
}) {
  return props.levels.map(({ level, count }) => {
    const state = states[level];
    const name = strings.log.levels[level];
    const step = (direction: 1 | -1) => () => props.onStep(level, direction);
    return (
      <span key={level} className="level">
        <button
          type="button"
          className="level-name"
          title={strings.log.only(name)}
          aria-pressed={props.only.some((part) => part === level)}
          disabled={!props.onOnly}
          onClick={() => props.onOnly?.(level)}
        >
          {state && <StateGlyph state={state} />}
          {name} <em>{formatCount(count)}</em>
        </button>
        <button type="button" aria-label={strings.log.previousLevel(name)} disabled={count === 0} onClick={step(-1)}>
          <Icon name="up" />
        </button>
        <button type="button" aria-label={strings.log.nextLevel(name)} disabled={count === 0} onClick={step(1)}>
          <Icon name="down" />
        </button>
      </span>
    );
  });
}
