import type { FormErrors, RunForm } from "#pages/parts/run-form.ts";
import { runStrings } from "#pages/strings/run-strings.ts";
import { TextField } from "#ui/text-field.tsx";

const words = runStrings;

/** How long a run may take, and how often it is tried. */
export function LimitFields({
  form,
  errors,
  onChange,
}: {
  readonly form: RunForm;
  readonly errors: FormErrors;
  readonly onChange: (patch: Partial<RunForm>) => void;
}) {
  return (
    <div className="pair pair--even">
      <TextField
        optional
        label={words.timeLimit}
        hint={words.timeLimitHint}
        placeholder="30m"
        value={form.timeLimit}
        error={errors.timeLimit}
        onChange={(timeLimit) => onChange({ timeLimit })}
      />
      <TextField
        optional
        label={words.retries}
        hint={words.retriesHint}
        inputMode="numeric"
        placeholder="0"
        value={form.retries}
        error={errors.retries}
        onChange={(retries) => onChange({ retries })}
      />
    </div>
  );
}
