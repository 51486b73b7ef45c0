import { useMutation } from "@connectrpc/connect-query";
import { useQueryClient } from "@tanstack/react-query";
import { type Secret, SecretService } from "@tributary/proto/tributary/v1/secrets_pb";
import { useRef, useState } from "react";

import { toProblem, toSentence } from "#api/errors.ts";
import { useWriteSecret } from "#api/use-write-secret.ts";
import { ActButton } from "#pages/parts/act-button.tsx";
import { SecretUsers } from "#pages/secrets/secret-users.tsx";
import { readValue, ValueField } from "#pages/secrets/value-field.tsx";
import { actsStrings } from "#pages/strings/acts-strings.ts";
import { secretsStrings } from "#pages/strings/secrets-strings.ts";
import { Button } from "#ui/button.tsx";
import { ConfirmDialog } from "#ui/confirm-dialog.tsx";
import { Dialog } from "#ui/dialog.tsx";
import { TextField } from "#ui/text-field.tsx";

const words = secretsStrings;

interface CloseProps {
  readonly onClose: () => void;
}

/** Stores a secret under a new key. */
export function CreateSecret({ suggested, onClose }: CloseProps & { readonly suggested: string }) {
  const [key, setKey] = useState(suggested);
  const [missing, setMissing] = useState<"key" | "value">();
  const value = useRef<HTMLTextAreaElement>(null);
  const { busy, error, write } = useWriteSecret();
  const problem = error ? toProblem(error) : undefined;
  const fields = problem?.fields ?? {};
  const submit = async () => {
    const text = readValue(value.current);
    const absent = key.trim() === "" ? "key" : text === "" ? "value" : undefined;
    setMissing(absent);
    if (absent || busy) return;
    if (await write({ key: key.trim(), value: text, replace: false })) onClose();
  };
  return (
    <Dialog
      open
      title={words.form.create}
      lead={words.form.createLead}
      note={words.form.note}
      onClose={onClose}
      onSubmit={() => void submit()}
      actions={<Acts busy={busy} confirm={words.form.createConfirm} onClose={onClose} />}
    >
      <TextField
        mono
        label={words.form.key}
        hint={words.form.keyHint}
        placeholder="warehouse-readonly"
        value={key}
        error={missing === "key" ? words.form.keyMissing : fields.key}
        onChange={setKey}
      />
      <ValueField
        ref={value}
        label={words.form.value}
        error={missing === "value" ? words.form.valueMissing : fields.value}
      />
      {problem && Object.keys(fields).length === 0 && <Alert>{problem.message}</Alert>}
    </Dialog>
  );
}

/** Stores a new version of a secret. */
export function ReplaceSecret({ secret, onClose }: CloseProps & { readonly secret: Secret }) {
  const [missing, setMissing] = useState(false);
  const value = useRef<HTMLTextAreaElement>(null);
  const { busy, error, write } = useWriteSecret();
  const next = secret.version + 1;
  const submit = async () => {
    const text = readValue(value.current);
    setMissing(text === "");
    if (text === "" || busy) return;
    if (await write({ key: secret.key, value: text, replace: true })) onClose();
  };
  const title = (
    <>
      {words.form.replace} <span className="mono title-mono">{secret.key}</span>
    </>
  );
  return (
    <Dialog
      open
      initialFocus={value}
      title={title}
      lead={words.form.replaceLead(next)}
      note={words.form.note}
      onClose={onClose}
      onSubmit={() => void submit()}
      actions={<Acts busy={busy} confirm={words.form.replaceConfirm(next)} onClose={onClose} />}
    >
      <ValueField ref={value} label={words.form.newValue} error={missing ? words.form.valueMissing : undefined} />
      <div>
        <h3>{words.form.whoGets(next)}</h3>
        <SecretUsers secret={secret} />
      </div>
      {error ? <Alert>{toSentence(error)}</Alert> : null}
    </Dialog>
  );
}

function Acts({ busy, confirm, onClose }: CloseProps & { readonly busy: boolean; readonly confirm: string }) {
  return (
    <>
      <Button onClick={onClose}>{actsStrings.close}</Button>
      <ActButton method={SecretService.method.createSecret} type="submit" variant="primary" busy={busy}>
        {confirm}
      </ActButton>
    </>
  );
}

function Alert({ children }: { readonly children: string }) {
  return (
    <p role="alert" className="hint hint--error">
      {children}
    </p>
  );
}

/** Asks before a secret is deleted, and names those who will miss it. */
export function DeleteSecret({ secret, onClose }: CloseProps & { readonly secret: Secret }) {
  const client = useQueryClient();
  const remove = useMutation(SecretService.method.deleteSecret, {
    onSuccess: async () => {
      await client.invalidateQueries();
      onClose();
    },
  });
  const used = secret.usedByTasks.length + secret.usedBySources.length;
  return (
    <ConfirmDialog
      open
      danger
      title={words.remove.title(secret.key)}
      confirm={words.remove.confirm}
      keep={words.remove.keep}
      busy={remove.isPending}
      error={remove.error && toSentence(remove.error)}
      typeName={used > 0 ? secret.key : undefined}
      onConfirm={() => !remove.isPending && remove.mutate({ key: secret.key })}
      onClose={onClose}
    >
      <p>
        {used > 0 ? words.remove.used(secret.usedByTasks.length, secret.usedBySources.length) : words.remove.unused}
      </p>
      {used > 0 && <SecretUsers secret={secret} />}
    </ConfirmDialog>
  );
}
