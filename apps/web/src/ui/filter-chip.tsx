import type { ReactNode, Ref } from "react";

import { strings } from "#lib/strings.ts";
import { Icon } from "#ui/icons.tsx";
import { type State, StateGlyph } from "#ui/state-glyph.tsx";

interface FilterChipProps {
  /** The field: "State". */
  readonly name: string;
  /** How it compares: "is not". */
  readonly relation?: string | undefined;
  readonly value: ReactNode;
  readonly onEdit?: (() => void) | undefined;
  readonly onRemove?: (() => void) | undefined;
}

/** One filter that holds: click to change it, cross to drop it. */
export function FilterChip({ name, relation, value, onEdit, onRemove, ...rest }: FilterChipProps) {
  return (
    <span className="chip">
      <button type="button" onClick={onEdit} {...rest}>
        <span className="k">{name}</span> {relation} <b>{value}</b>
      </button>
      {onRemove && (
        <button type="button" className="x" aria-label={strings.actions.removeFilter(name)} onClick={onRemove}>
          <Icon name="close" />
        </button>
      )}
    </span>
  );
}

/** A filter to switch on and off, with how many it would leave. */
export function ToggleChip(props: {
  readonly children: ReactNode;
  readonly pressed: boolean;
  readonly onChange: (pressed: boolean) => void;
  readonly state?: State | undefined;
  readonly count?: ReactNode;
}) {
  return (
    <span className={`chip ${props.pressed ? "is-on" : ""}`}>
      <button type="button" aria-pressed={props.pressed} onClick={() => props.onChange(!props.pressed)}>
        {props.state && <StateGlyph state={props.state} />}
        {props.children} {props.count != null && <b>{props.count}</b>}
      </button>
    </span>
  );
}

/** The chip that adds a filter; give it to a menu or a popover as its trigger. */
export function AddFilterChip({
  children,
  ref,
  ...rest
}: {
  readonly children: ReactNode;
  readonly ref?: Ref<HTMLButtonElement>;
}) {
  return (
    <span className="chip chip--add">
      <button type="button" ref={ref} {...rest}>
        <Icon name="plus" />
        {children}
      </button>
    </span>
  );
}

/** A row of chips that scrolls sideways where it must. */
export function ChipRow({ label, children }: { readonly label: string; readonly children: ReactNode }) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset brings its own box and legend
    <div className="chips" role="group" aria-label={label}>
      {children}
    </div>
  );
}
