import { type InputHTMLAttributes, type Ref, type TextareaHTMLAttributes, useId, useState } from "react";

import { strings } from "#lib/strings.ts";
import { IconButton } from "#ui/button.tsx";
import { Field, type FieldText, fieldProps } from "#ui/field.tsx";

type Common = FieldText & {
  readonly value: string;
  readonly onChange: (value: string) => void;
  /** Names, ids and code: fixed-width letters, no spelling marks. */
  readonly mono?: boolean | undefined;
};

export type TextFieldProps = Common &
  Omit<InputHTMLAttributes<HTMLInputElement>, "onChange" | "value"> & {
    readonly ref?: Ref<HTMLInputElement> | undefined;
  };

export type TextAreaProps = Common &
  Omit<TextareaHTMLAttributes<HTMLTextAreaElement>, "onChange" | "value"> & {
    readonly ref?: Ref<HTMLTextAreaElement> | undefined;
  };

function split<Rest extends FieldText>(props: Rest) {
  const { label, hint, error, optional, hideLabel, ...rest } = props;
  return { text: { label, hint, error, optional, hideLabel }, rest };
}

/** One line of text. */
export function TextField(props: TextFieldProps) {
  const own = useId();
  const { text, rest } = split(props);
  const { mono = false, onChange, id = own, className = "", ...input } = rest;
  return (
    <Field id={id} {...text}>
      <input
        spellCheck={!mono && undefined}
        autoComplete="off"
        {...input}
        {...fieldProps(id, text)}
        className={`input ${mono ? "mono" : ""} ${className}`}
        onChange={(event) => onChange(event.target.value)}
      />
    </Field>
  );
}

/** Several lines of text, fixed width. */
export function TextArea(props: TextAreaProps) {
  const own = useId();
  const { text, rest } = split(props);
  const { mono = true, onChange, id = own, className = "", ...area } = rest;
  return (
    <Field id={id} {...text}>
      <textarea
        spellCheck={!mono && undefined}
        rows={5}
        {...area}
        {...fieldProps(id, text)}
        className={`textarea ${mono ? "" : "textarea--prose"} ${className}`}
        onChange={(event) => onChange(event.target.value)}
      />
    </Field>
  );
}

/** A value that must not be read over a shoulder: hidden until asked for, and never filled in by the browser. */
export function SecretField(props: Omit<TextFieldProps, "type" | "mono">) {
  const own = useId();
  const [shown, setShown] = useState(false);
  const { text, rest } = split(props);
  const { onChange, id = own, className = "", ...input } = rest;
  return (
    <Field id={id} {...text}>
      <span className="input-with">
        <input
          spellCheck={false}
          autoComplete="off"
          {...input}
          {...fieldProps(id, text)}
          type={shown ? "text" : "password"}
          className={`input mono ${className}`}
          onChange={(event) => onChange(event.target.value)}
        />
        <IconButton
          icon="eye"
          size="small"
          pressed={shown}
          label={shown ? strings.actions.hide : strings.actions.show}
          onClick={() => setShown(!shown)}
        />
      </span>
    </Field>
  );
}
