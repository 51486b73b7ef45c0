import { type ChangeEvent, type Ref, useId, useRef, useState } from "react";

import { formatCount } from "#lib/format.ts";
import { secretsStrings } from "#pages/strings/secrets-strings.ts";
import { Button, IconButton } from "#ui/button.tsx";
import { Field, fieldProps } from "#ui/field.tsx";

const words = secretsStrings.form;

interface ValueFieldProps {
  readonly label: string;
  readonly error?: string | undefined;
  readonly ref: Ref<HTMLTextAreaElement>;
}

interface Extent {
  readonly characters: number;
  readonly lines: number;
}

/**
 * A secret's value: one line or many, hidden until asked for. What is written stays in the browser's own field; only
 * its length is looked at, so that it is nowhere when the field is gone.
 */
export function ValueField({ label, error, ref }: ValueFieldProps) {
  const id = useId();
  const [shown, setShown] = useState(false);
  const [extent, setExtent] = useState<Extent>({ characters: 0, lines: 0 });
  const area = useRef<HTMLTextAreaElement>(null);
  const measure = (text: string) =>
    setExtent({ characters: text.length, lines: text === "" ? 0 : text.split("\n").length });
  const hint =
    extent.characters === 0 ? words.valueHint : words.extent(formatCount(extent.lines), formatCount(extent.characters));
  const fill = (text: string) => {
    if (area.current) area.current.value = text;
    measure(text);
  };
  return (
    <div className="value-field">
      <span className="value-acts">
        <FileButton onText={fill} />
        <IconButton
          size="small"
          icon="eye"
          pressed={shown}
          label={shown ? words.hide : words.show}
          onClick={() => setShown(!shown)}
        />
      </span>
      <Field id={id} label={label} hint={hint} error={error}>
        <textarea
          {...fieldProps(id, { label, hint, error })}
          ref={(element) => {
            area.current = element;
            return attach(ref, element);
          }}
          className={`textarea ${shown ? "" : "is-masked"}`}
          rows={4}
          spellCheck={false}
          autoComplete="off"
          autoCapitalize="off"
          data-1p-ignore
          onInput={(event) => measure(event.currentTarget.value)}
        />
      </Field>
    </div>
  );
}

function attach<T>(ref: Ref<T>, element: T | null): void {
  if (typeof ref === "function") ref(element);
  else if (ref) ref.current = element;
}

function FileButton({ onText }: { readonly onText: (text: string) => void }) {
  const input = useRef<HTMLInputElement>(null);
  const read = async (event: ChangeEvent<HTMLInputElement>) => {
    const file = event.target.files?.[0];
    if (file) onText(await file.text());
    // the same file may be chosen again
    event.target.value = "";
  };
  return (
    <>
      <Button size="small" variant="quiet" icon="file" onClick={() => input.current?.click()}>
        {words.fromFile}
      </Button>
      <input
        ref={input}
        type="file"
        hidden
        aria-label={words.fromFile}
        tabIndex={-1}
        onChange={(event) => void read(event)}
      />
    </>
  );
}

/** The value as it is to be kept: a lone line without the line break that pasting leaves at its end. */
export function readValue(area: HTMLTextAreaElement | null): string {
  const text = area?.value ?? "";
  return /^[^\n]*\r?\n$/.test(text) ? text.replace(/\r?\n$/, "") : text;
}
