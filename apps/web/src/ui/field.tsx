import type { ReactNode } from "react";

import { strings } from "#lib/strings.ts";

export interface FieldText {
  readonly label: ReactNode;
  /** What to write, in one line. */
  readonly hint?: ReactNode;
  /** What is wrong and how to mend it; replaces the hint. */
  readonly error?: ReactNode;
  readonly optional?: boolean | undefined;
  /** For a field whose place says what it is: the label is read out only. */
  readonly hideLabel?: boolean | undefined;
}

/** Attributes that tie a control to its label and texts. */
export function fieldProps(id: string, { hint, error }: FieldText) {
  const told = error != null || hint != null;
  return { id, "aria-invalid": error != null || undefined, "aria-describedby": told ? `${id}-text` : undefined };
}

/** Label above, control, then hint or error below. */
export function Field({ id, children, ...text }: FieldText & { readonly id: string; readonly children: ReactNode }) {
  return (
    <div className={`field ${text.error != null ? "field--error" : ""}`}>
      <label htmlFor={id} className={text.hideLabel ? "vh" : undefined}>
        {text.label} {text.optional && <span className="faint">{strings.actions.optional}</span>}
      </label>
      {children}
      <FieldNote id={id} {...text} />
    </div>
  );
}

function FieldNote({ id, hint, error }: FieldText & { readonly id: string }) {
  if (error == null && hint == null) return null;
  return (
    <p id={`${id}-text`} className={error == null ? "hint" : "hint hint--error"}>
      {error ?? hint}
    </p>
  );
}
