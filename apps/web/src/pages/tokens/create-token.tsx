import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { createConnectQueryKey } from "@connectrpc/connect-query";
import { useQueryClient } from "@tanstack/react-query";
import { Role, TokenService } from "@tributary/proto/tributary/v1/tokens_pb";
import { useState } from "react";

import "#pages/parts/forms.css";
import { toProblem } from "#api/errors.ts";
import { useUnkept } from "#api/use-unkept.ts";
import { ActButton } from "#pages/parts/act-button.tsx";
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

interface Made {
  readonly name: string;
  readonly text: string;
}

/** Makes a token, then shows it once. */
export function CreateToken({ onClose }: { readonly onClose: () => void }) {
  const [made, setMade] = useState<Made>();
  return made ? <ShownOnce made={made} onClose={onClose} /> : <TokenForm onMade={setMade} onClose={onClose} />;
}

function TokenForm({ onMade, onClose }: { readonly onMade: (made: Made) => void; readonly onClose: () => void }) {
  const [name, setName] = useState("");
  const [role, setRole] = useState<RoleName>("viewer");
  const [projects, setProjects] = useState("");
  const [clients, setClients] = useState<Clients>("any");
  const [expiry, setExpiry] = useState<Expiry>("90");
  const [missing, setMissing] = useState(false);
  const client = useQueryClient();
  const { busy, error, call } = useUnkept(TokenService.method.createToken);
  const problem = error ? toProblem(error) : undefined;
  const fields = problem?.fields ?? {};
  const submit = async () => {
    setMissing(name.trim() === "");
    if (name.trim() === "" || busy) return;
    const answer = await call({
      name: name.trim(),
      role: roles[role],
      projectNames: projects.split(",").flatMap((part) => part.trim() || []),
      clientDialect: clients === "any" ? "" : clients,
      ...(expiry === "0" ? {} : { expireTime: timestampFromMs(Date.now() + Number(expiry) * day) }),
    });
    if (!answer) return;
    onMade({ name: answer.token?.name ?? name, text: answer.text });
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
        value={name}
        error={missing ? words.form.nameMissing : fields.name}
        onChange={setName}
      />
      <Select
        label={words.form.role}
        value={role}
        options={roleNames.map((value) => ({ value, label: words.form.roles[value] }))}
        error={fields.role}
        onChange={setRole}
      />
      <TextField
        optional
        mono
        label={words.form.projects}
        hint={words.form.projectsHint}
        placeholder="churn, demand-forecast"
        value={projects}
        error={fields.project_names}
        onChange={setProjects}
      />
      <Select
        label={words.form.clients}
        hint={words.form.clientsHint}
        value={clients}
        options={clientsOptions.map((value) => ({ value, label: words.form.clientsOptions[value] }))}
        error={fields.client_dialect}
        onChange={setClients}
      />
      <Select
        label={words.form.expiry}
        value={expiry}
        options={expiries.map((value) => ({ value, label: words.form.expiries[value] }))}
        error={fields.expire_time}
        onChange={setExpiry}
      />
      {problem && Object.keys(fields).length === 0 && (
        <p role="alert" className="hint hint--error">
          {problem.message}
        </p>
      )}
    </Dialog>
  );
}

function ShownOnce({ made, onClose }: { readonly made: Made; readonly onClose: () => void }) {
  const actions = (
    <>
      <CopyButton variant="plain" text={made.text}>
        {words.made.copy}
      </CopyButton>
      <Button variant="primary" onClick={onClose}>
        {words.made.done}
      </Button>
    </>
  );
  return (
    <Dialog open title={words.made.title(made.name)} lead={words.made.lead} actions={actions} onClose={onClose}>
      <CodeBlock code={made.text} label={words.made.label} />
      <p className="hint">
        {words.made.use} <code>authorization: Bearer {made.text.slice(0, 9)}…</code>
      </p>
    </Dialog>
  );
}
