import "#pages/parts/forms.css";
import type { MessageInitShape } from "@bufbuild/protobuf";
import type { TaskChangesSchema } from "@tributary/proto/tributary/v1/tasks_pb";
import { type ReactNode, useState } from "react";

import { toSentence } from "#api/errors.ts";
import { LimitFields } from "#pages/parts/limit-fields.tsx";
import { PairsField } from "#pages/parts/pairs-field.tsx";
import { checkForm, type FormErrors, formOf, type RunForm, toRequest } from "#pages/parts/run-form.ts";
import { runStrings } from "#pages/strings/run-strings.ts";
import { Button } from "#ui/button.tsx";
import { Dialog } from "#ui/dialog.tsx";

const words = runStrings;

export type Changes = MessageInitShape<typeof TaskChangesSchema>;

/** Asks what is to be otherwise with tasks that are run again: what is left empty stays as it was. */
export function RunChanged(props: {
  readonly title: string;
  readonly lead: ReactNode;
  readonly confirm: string;
  readonly busy: boolean;
  readonly error: Error | null;
  readonly onConfirm: (changes: Changes) => void;
  readonly onClose: () => void;
}) {
  const [form, setForm] = useState<RunForm>(() => formOf(undefined));
  const [errors, setErrors] = useState<FormErrors>({});
  const [unchanged, setUnchanged] = useState(false);
  const change = (patch: Partial<RunForm>) => {
    setForm((old) => ({ ...old, ...patch }));
    setUnchanged(false);
  };
  const submit = () => {
    const wrong = checkForm(form);
    const changes = changesOf(form);
    setErrors(wrong);
    setUnchanged(changes === undefined);
    if (Object.keys(wrong).length === 0 && changes && !props.busy) props.onConfirm(changes);
  };
  return (
    <Dialog
      open
      wide
      title={props.title}
      lead={props.lead}
      onClose={props.onClose}
      onSubmit={submit}
      actions={
        <>
          <Button onClick={props.onClose}>{words.keep}</Button>
          <Button type="submit" variant="primary" busy={props.busy}>
            {props.confirm}
          </Button>
        </>
      }
    >
      <PairsField
        legend={words.resources}
        hint={words.resourcesHint}
        add={words.addResource}
        pairs={form.resources}
        fixed={[]}
        error={errors.resources}
        onChange={(resources) => change({ resources })}
      />
      <PairsField
        legend={words.variables}
        hint={words.addedVariablesHint}
        add={words.addVariable}
        pairs={form.variables}
        fixed={[]}
        error={errors.variables}
        onChange={(variables) => change({ variables })}
      />
      <LimitFields form={form} errors={errors} onChange={change} />
      {(unchanged || props.error) && (
        <p role="alert" className="hint hint--error">
          {props.error ? toSentence(props.error) : words.unchanged}
        </p>
      )}
    </Dialog>
  );
}

/** Undefined when nothing is to be otherwise. */
function changesOf(form: RunForm): Changes | undefined {
  const { variables = [], resources = {}, timeLimit, userRetries } = toRequest(form, undefined);
  const limits = { ...(timeLimit && { timeLimit }), ...(userRetries !== undefined && { userRetries }) };
  const count = variables.length + Object.keys(resources).length + Object.keys(limits).length;
  return count === 0 ? undefined : { variables, resources, ...limits };
}
