import { Select as Base } from "@base-ui/react/select";
import { type ReactNode, useId } from "react";

import { Field, type FieldText, fieldProps } from "#ui/field.tsx";
import { Icon } from "#ui/icons.tsx";

export interface Option<Value extends string> {
  readonly value: Value;
  readonly label: string;
  readonly hint?: string | undefined;
}

interface Choice<Value extends string> {
  readonly value: Value;
  readonly options: readonly Option<Value>[];
  readonly onChange: (value: Value) => void;
  readonly disabled?: boolean | undefined;
}

/** One of several, in a form. */
export function Select<Value extends string>({
  value,
  options,
  onChange,
  disabled,
  ...text
}: Choice<Value> & FieldText) {
  const id = useId();
  return (
    <Field id={id} {...text}>
      <Chooser value={value} options={options} onChange={onChange} disabled={disabled}>
        <Base.Trigger {...fieldProps(id, text)} className="input select">
          <Base.Value />
          <Icon name="down" />
        </Base.Trigger>
      </Chooser>
    </Field>
  );
}

/** One of several, in a toolbar: a quiet button that shows the choice; `label` names it. */
export function QuietSelect<Value extends string>({ label, ...choice }: Choice<Value> & { readonly label: string }) {
  return (
    <Chooser {...choice}>
      <Base.Trigger aria-label={label} className="btn btn--sm btn--quiet">
        <Base.Value />
        <Icon name="down" />
      </Base.Trigger>
    </Chooser>
  );
}

/** One of several, among the crumbs: what they stand below. */
export function CrumbSelect<Value extends string>({
  label,
  onOpen,
  ...choice
}: Choice<Value> & { readonly label: string; readonly onOpen: () => void }) {
  const shown = choice.options.find(({ value }) => value === choice.value)?.label;
  return (
    <Chooser {...choice} align="start" onOpen={onOpen}>
      <Base.Trigger aria-label={label} className="crumb-select" title={shown}>
        <span className="cut">{shown}</span>
        <Icon name="down" />
      </Base.Trigger>
    </Chooser>
  );
}

function Chooser<Value extends string>(
  props: Choice<Value> & {
    readonly onOpen?: (() => void) | undefined;
    readonly align?: "start" | undefined;
    readonly children: ReactNode;
  },
) {
  const change = (next: Value | null) => {
    if (next !== null) props.onChange(next);
  };
  return (
    <Base.Root
      items={props.options}
      value={props.value}
      onValueChange={change}
      onOpenChange={(open) => open && props.onOpen?.()}
      disabled={props.disabled}
    >
      {props.children}
      <Base.Portal>
        <Base.Positioner
          className="floating"
          sideOffset={4}
          align={props.align ?? "center"}
          alignItemWithTrigger={false}
          collisionPadding={8}
        >
          <Base.Popup className="menu">
            <Base.List>{props.options.map(choiceItem)}</Base.List>
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}

function choiceItem<Value extends string>({ value, label, hint }: Option<Value>) {
  return (
    <Base.Item key={value} value={value} className="menu-item">
      <Base.ItemText>{label}</Base.ItemText>
      {hint && <span className="faint">{hint}</span>}
      <Base.ItemIndicator className="menu-tick">
        <Icon name="tick" />
      </Base.ItemIndicator>
    </Base.Item>
  );
}
