import type { ProjectTask } from "@tributary/proto/tributary/v1/projects_pb";

import { LimitFields } from "#pages/parts/limit-fields.tsx";
import { PairsField } from "#pages/parts/pairs-field.tsx";
import type { FormErrors, RunForm } from "#pages/parts/run-form.ts";
import { runStrings } from "#pages/strings/run-strings.ts";

const words = runStrings;

interface RunFieldsProps {
  readonly task: ProjectTask;
  readonly form: RunForm;
  readonly errors: FormErrors;
  readonly onChange: (patch: Partial<RunForm>) => void;
}

/** What may be different this time. */
export function RunFields({ task, form, errors, onChange }: RunFieldsProps) {
  return (
    <>
      <PairsField
        legend={words.variables}
        hint={words.variablesHint}
        add={words.addVariable}
        pairs={form.variables}
        fixed={task.variables.map(({ name }) => name)}
        error={errors.variables}
        onChange={(variables) => onChange({ variables })}
      />
      <PairsField
        legend={words.resources}
        hint={words.resourcesHint}
        add={words.addResource}
        pairs={form.resources}
        fixed={Object.keys(task.resources)}
        error={errors.resources}
        onChange={(resources) => onChange({ resources })}
      />
      <PairsField
        legend={words.labels}
        hint={words.labelsHint}
        add={words.addLabel}
        namePlaceholder={words.keyPlaceholder}
        pairs={form.labels}
        fixed={[]}
        error={errors.labels}
        onChange={(labels) => onChange({ labels })}
      />
      <LimitFields form={form} errors={errors} onChange={onChange} />
    </>
  );
}
