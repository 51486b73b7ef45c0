import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { createConnectQueryKey } from "@connectrpc/connect-query";
import { useQueryClient } from "@tanstack/react-query";
import { Role, TokenService } from "@tributary/proto/tributary/v1/tokens_pb";
import { useState } from "react";

import "#pages/parts/forms.css";
import { toProblem } from "#api/errors.ts";
import { useUnkept } from "#api/use-unkept.ts";
import { ActButton } from "#pages/parts/act-button.tsx";
import { StartCommand } from "#pages/parts/start-command.tsx";
import { workerCommand } from "#pages/parts/worker-command.ts";
import { actsStrings } from "#pages/strings/acts-strings.ts";
import { tokensStrings } from "#pages/strings/tokens-strings.ts";
import { Button } from "#ui/button.tsx";
import { CodeBlock } from "#ui/code-block.tsx";
import { CopyButton } from "#ui/copy-button.tsx";
import { Dialog } from "#ui/dialog.tsx";
import { Select } from "#ui/select.tsx";
import { TextField } from "#ui/text-field.tsx";

const words = tokensStrings;
const day = 86_400_000;

const roles = { viewer: Role.VIEWER, runner: Role.RUNNER, editor: Role.EDITOR, admin: Role.ADMIN, worker: Role.WORKER };
type RoleName = keyof typeof roles;
const roleNames = Object.keys(roles) as readonly RoleName[];
type Expiry = keyof typeof words.form.expiries;
const expiries: readonly Expiry[] = ["7", "30", "90", "365", "0"];

type Clients = keyof typeof words.form.clientsOptions;
const clientsOptions: readonly Clients[] = ["any", "scitq"];

type Bearers = keyof typeof words.form.bearersOptions;
const bearersOptions: readonly Bearers[] = ["one", "many"];

/** What the form holds, as it is typed. */
interface Draft {
  readonly name: string;
  readonly role: RoleName;
  readonly projects: string;
  readonly workerName: string;
  readonly bearers: Bearers;
  readonly clients: Clients;
  readonly expiry: Expiry;
}

const blank: Draft = {
  name: "",
  role: "viewer",
  projects: "",
  workerName: "",
  bearers: "one",
  clients: "any",
  expiry: "90",
};

function toRequest({ name, role, projects, workerName, bearers, clients, expiry }: Draft) {
  const isWorker = role === "worker";
  return {
    name: name.trim(),
    role: roles[role],
    projectNames: isWorker ? [] : projects.split(",").flatMap((part) => part.trim() || []),
    workerName: isWorker && bearers === "one" ? workerName.trim() : "",
    manyWorkers: isWorker && bearers === "many",
    clientDialect: clients === "any" ? "" : clients,
    ...(expiry === "0" ? {} : { expireTime: timestampFromMs(Date.now() + Number(expiry) * day) }),
  };
}

interface Made {
  readonly name: string;
  readonly text: string;
  /** Starts the worker that the token is for; undefined for others, and for scitq's. */
  readonly command: string | undefined;
}

/** Makes a token, then shows it once. */
export function CreateToken({ onClose }: { readonly onClose: () => void }) {
  const [made, setMade] = useState<Made>();
  return made ? <ShownOnce made={made} onClose={onClose} /> : <TokenForm onMade={setMade} onClose={onClose} />;
}

function TokenForm({ onMade, onClose }: { readonly onMade: (made: Made) => void; readonly onClose: () => void }) {
  const [draft, setDraft] = useState(blank);
  const [missing, setMissing] = useState(false);
  const client = useQueryClient();
  const { busy, error, call } = useUnkept(TokenService.method.createToken);
  const problem = error ? toProblem(error) : undefined;
  const fields = problem?.fields ?? {};
  const change = (patch: Partial<Draft>) => setDraft((old) => ({ ...old, ...patch }));
  const submit = async () => {
    const request = toRequest(draft);
    setMissing(request.name === "");
    if (request.name === "" || busy) return;
    const answer = await call(request);
    if (!answer) return;
    const isOurs = draft.role === "worker" && draft.clients === "any";
    const command = isOurs ? workerCommand(location.origin, answer.text, request.workerName) : undefined;
    onMade({ name: answer.token?.name ?? request.name, text: answer.text, command });
    await client.invalidateQueries({
      queryKey: createConnectQueryKey({ schema: TokenService.method.listTokens, cardinality: "finite" }),
    });
  };
  const actions = (
    <>
      <Button onClick={onClose}>{actsStrings.close}</Button>
      <ActButton method={TokenService.method.createToken} type="submit" variant="primary" busy={busy}>
        {words.form.confirm}
      </ActButton>
    </>
  );
  return (
    <Dialog
      open
      title={words.form.title}
      lead={words.form.lead}
      actions={actions}
      onClose={onClose}
      onSubmit={() => void submit()}
    >
      <TextField
        label={words.form.name}
        hint={words.form.nameHint}
        placeholder="nightly-forecast"
        value={draft.name}
        error={missing ? words.form.nameMissing : fields.name}
        onChange={(name) => change({ name })}
      />
      <Select
        label={words.form.role}
        value={draft.role}
        options={roleNames.map((value) => ({ value, label: words.form.roles[value] }))}
        error={fields.role}
        onChange={(role) => change({ role })}
      />
      <ScopeFields draft={draft} fields={fields} onChange={change} />
      {problem && Object.keys(fields).length === 0 && (
        <p role="alert" className="hint hint--error">
          {problem.message}
        </p>
      )}
    </Dialog>
  );
}

interface ScopeProps {
  readonly draft: Draft;
  /** What the server refused, by field. */
  readonly fields: Readonly<Record<string, string>>;
  readonly onChange: (patch: Partial<Draft>) => void;
}

/** What the token is good for, and until when. */
function ScopeFields({ draft, fields, onChange }: ScopeProps) {
  return (
    <>
      {draft.role === "worker" ? (
        <WorkerFields draft={draft} fields={fields} onChange={onChange} />
      ) : (
        <TextField
          optional
          mono
          label={words.form.projects}
          hint={words.form.projectsHint}
          placeholder="churn, demand-forecast"
          value={draft.projects}
          error={fields.project_names}
          onChange={(projects) => onChange({ projects })}
        />
      )}
      <Select
        label={words.form.clients}
        hint={words.form.clientsHint}
        value={draft.clients}
        options={clientsOptions.map((value) => ({ value, label: words.form.clientsOptions[value] }))}
        error={fields.client_dialect}
        onChange={(clients) => onChange({ clients })}
      />
      <Select
        label={words.form.expiry}
        value={draft.expiry}
        options={expiries.map((value) => ({ value, label: words.form.expiries[value] }))}
        error={fields.expire_time}
        onChange={(expiry) => onChange({ expiry })}
      />
    </>
  );
}

/** Which workers may use it. */
function WorkerFields({ draft, fields, onChange }: ScopeProps) {
  return (
    <>
      <Select
        label={words.form.bearers}
        hint={words.form.bearersHint[draft.bearers]}
        value={draft.bearers}
        options={bearersOptions.map((value) => ({ value, label: words.form.bearersOptions[value] }))}
        error={fields.many_workers}
        onChange={(bearers) => onChange({ bearers })}
      />
      {draft.bearers === "one" && (
        <TextField
          optional
          mono
          label={words.form.workerName}
          hint={words.form.workerNameHint}
          placeholder="lab-7"
          value={draft.workerName}
          error={fields.worker_name}
          onChange={(workerName) => onChange({ workerName })}
        />
      )}
    </>
  );
}

function ShownOnce({ made, onClose }: { readonly made: Made; readonly onClose: () => void }) {
  const { name, text, command } = made;
  const actions = (
    <>
      <CopyButton variant="plain" text={text}>
        {words.made.copy}
      </CopyButton>
      <Button variant="primary" onClick={onClose}>
        {words.made.done}
      </Button>
    </>
  );
  return (
    <Dialog open title={words.made.title(name)} lead={words.made.lead} actions={actions} onClose={onClose}>
      {command === undefined ? <TokenText text={text} /> : <StartCommand command={command} />}
    </Dialog>
  );
}

function TokenText({ text }: { readonly text: string }) {
  return (
    <>
      <CodeBlock code={text} label={words.made.label} />
      <p className="hint">
        {words.made.use} <code>authorization: Bearer {text.slice(0, 9)}…</code>
      </p>
    </>
  );
}
