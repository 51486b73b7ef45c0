import type { MessageInitShape } from "@bufbuild/protobuf";
import { useQuery } from "@connectrpc/connect-query";
import { SecretService } from "@tributary/proto/tributary/v1/secrets_pb";
import type { SourceSettingsSchema } from "@tributary/proto/tributary/v1/sources_pb";
import { type ReactNode, useState } from "react";

import { toProblem } from "#api/errors.ts";
import { links } from "#pages/links.ts";
import { actsStrings } from "#pages/strings/acts-strings.ts";
import { sourcesStrings } from "#pages/strings/sources-strings.ts";
import { Button } from "#ui/button.tsx";
import { Checkbox } from "#ui/checkbox.tsx";
import { Dialog } from "#ui/dialog.tsx";
import { Link } from "#ui/link.tsx";
import { Select } from "#ui/select.tsx";
import { TextField } from "#ui/text-field.tsx";

const words = sourcesStrings.form;

export interface SourceFormValues {
  readonly repository: string;
  readonly username: string;
  readonly secretKey: string;
  readonly syncInterval: string;
  readonly runSchedules: boolean;
  readonly webhookSecretKey: string;
}

export type SourceSettingsInit = MessageInitShape<typeof SourceSettingsSchema>;

interface SourceFormProps {
  readonly title: ReactNode;
  readonly lead: ReactNode;
  readonly confirm: string;
  readonly initial: SourceFormValues;
  readonly busy: boolean;
  readonly error: unknown;
  readonly onSubmit: (settings: SourceSettingsInit) => void;
  readonly onClose: () => void;
}

const fieldNames = ["repository", "username", "secret_key", "sync_interval", "webhook_secret_key"];

/** The settings of a source. What the server finds wrong stands at its field. */
export function SourceForm(props: SourceFormProps) {
  const [values, setValues] = useState(props.initial);
  const [missing, setMissing] = useState(false);
  const problem = props.error ? toProblem(props.error) : undefined;
  // rules of the request name the whole path, the server's own the field alone
  const errorOf = (field: string) => problem?.fields[`settings.${field}`] ?? problem?.fields[field];
  const named = fieldNames.some((field) => errorOf(field) !== undefined);
  const set = (patch: Partial<SourceFormValues>) => setValues({ ...values, ...patch });
  const submit = () => {
    const repository = values.repository.trim();
    setMissing(repository === "");
    if (repository !== "" && !props.busy)
      props.onSubmit({ ...values, repository, syncInterval: values.syncInterval.trim() });
  };
  const actions = (
    <>
      <Button onClick={props.onClose}>{actsStrings.close}</Button>
      <Button type="submit" variant="primary" busy={props.busy}>
        {props.confirm}
      </Button>
    </>
  );
  return (
    <Dialog open title={props.title} lead={props.lead} onClose={props.onClose} onSubmit={submit} actions={actions}>
      <TextField
        mono
        label={words.repository}
        hint={words.repositoryHint}
        placeholder="https://git.example.com/team/project.git"
        value={values.repository}
        error={missing ? words.repositoryMissing : errorOf("repository")}
        onChange={(repository) => set({ repository })}
      />
      <TextField
        optional
        label={words.username}
        hint={words.usernameHint}
        value={values.username}
        error={errorOf("username")}
        onChange={(username) => set({ username })}
      />
      <SecretChoice
        label={words.secret}
        hint={words.secretHint}
        value={values.secretKey}
        error={errorOf("secret_key")}
        onChange={(secretKey) => set({ secretKey })}
      />
      <TextField
        optional
        label={words.interval}
        hint={words.intervalHint}
        placeholder="5m"
        value={values.syncInterval}
        error={errorOf("sync_interval")}
        onChange={(syncInterval) => set({ syncInterval })}
      />
      <SecretChoice
        label={words.webhook}
        hint={words.webhookHint}
        value={values.webhookSecretKey}
        error={errorOf("webhook_secret_key")}
        onChange={(webhookSecretKey) => set({ webhookSecretKey })}
      />
      <Checkbox
        label={words.runSchedules}
        hint={words.runSchedulesHint}
        checked={values.runSchedules}
        onChange={(runSchedules) => set({ runSchedules })}
      />
      {problem && !named && (
        <p role="alert" className="hint hint--error">
          {problem.message}
        </p>
      )}
    </Dialog>
  );
}

const noSecret = "";

function SecretChoice({
  label,
  hint: explanation,
  value,
  error,
  onChange,
}: {
  readonly label: string;
  readonly hint: string;
  readonly value: string;
  readonly error: string | undefined;
  readonly onChange: (key: string) => void;
}) {
  const { data } = useQuery(SecretService.method.listSecrets, {});
  const keys = new Set([...(data?.secrets.map(({ key }) => key) ?? []), ...(value === noSecret ? [] : [value])]);
  const known = data?.secrets.some(({ key }) => key === value) ?? true;
  const hint = (
    <>
      {explanation}{" "}
      <Link className="link" href={links.newSecret()}>
        {words.newSecret}
      </Link>
    </>
  );
  return (
    <Select
      optional
      label={label}
      hint={hint}
      error={error ?? (value !== noSecret && !known ? words.secretGone(value) : undefined)}
      value={value}
      options={[
        { value: noSecret, label: words.noSecret },
        ...[...keys].sort().map((key) => ({ value: key, label: key })),
      ]}
      onChange={onChange}
    />
  );
}
