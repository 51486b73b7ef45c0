import { type ReactNode, useId } from "react";

interface CheckProps {
  readonly checked: boolean;
  readonly onChange: (checked: boolean) => void;
  readonly disabled?: boolean | undefined;
}

/** A tick box with its words beside it. */
export function Checkbox({
  label,
  hint,
  ...check
}: CheckProps & { readonly label: ReactNode; readonly hint?: ReactNode }) {
  const id = useId();
  return (
    <div className="check-row">
      <input
        {...checkProps(check)}
        id={id}
        className="check"
        aria-describedby={hint == null ? undefined : `${id}-text`}
      />
      <label htmlFor={id}>{label}</label>
      {hint != null && (
        <p id={`${id}-text`} className="hint">
          {hint}
        </p>
      )}
    </div>
  );
}

/** A tick box in a table: its words are read out only, its target fills the cell. */
export function CheckCell({
  label,
  mixed = false,
  ...check
}: CheckProps & { readonly label: string; readonly mixed?: boolean }) {
  return (
    <label className="check-hit">
      <input
        {...checkProps(check)}
        className={`check ${mixed ? "mixed" : ""}`}
        aria-label={label}
        ref={(input) => {
          if (input) input.indeterminate = mixed;
        }}
      />
    </label>
  );
}

/** On or off, with effect at once. */
export function Switch({
  label,
  hint,
  ...check
}: CheckProps & { readonly label: ReactNode; readonly hint?: ReactNode }) {
  const id = useId();
  return (
    <div className="check-row">
      <input
        {...checkProps(check)}
        id={id}
        role="switch"
        aria-checked={check.checked}
        className="switch"
        aria-describedby={hint == null ? undefined : `${id}-text`}
      />
      <label htmlFor={id}>{label}</label>
      {hint != null && (
        <p id={`${id}-text`} className="hint">
          {hint}
        </p>
      )}
    </div>
  );
}

function checkProps({ checked, onChange, disabled }: CheckProps) {
  return {
    type: "checkbox",
    checked,
    disabled,
    onChange: (event: { readonly target: HTMLInputElement }) => onChange(event.target.checked),
  } as const;
}
