import { createConnectQueryKey } from "@connectrpc/connect-query";
import { useQueryClient } from "@tanstack/react-query";
import { Role, TokenService } from "@tributary/proto/tributary/v1/tokens_pb";
import { type ReactNode, useState } from "react";

import { toProblem } from "#api/errors.ts";
import { useUnkept } from "#api/use-unkept.ts";
import { useWhyNot } from "#pages/parts/role-words.ts";
import { StartCommand } from "#pages/parts/start-command.tsx";
import { workerCommand } from "#pages/parts/worker-command.ts";
import { actsStrings } from "#pages/strings/acts-strings.ts";
import { addWorkersStrings } from "#pages/strings/add-workers-strings.ts";
import { Button } from "#ui/button.tsx";
import { Dialog } from "#ui/dialog.tsx";
import { TextField } from "#ui/text-field.tsx";

const words = addWorkersStrings;

/** Makes a token for one worker, and shows the command that starts it, once. */
export function OwnMachine({ where, onClose }: { readonly where: ReactNode; readonly onClose: () => void }) {
  const [name, setName] = useState("");
  const [command, setCommand] = useState<string>();
  const client = useQueryClient();
  const whyNot = useWhyNot(TokenService.method.createToken);
  const { busy, error, call } = useUnkept(TokenService.method.createToken);
  const problem = error ? toProblem(error) : undefined;
  const submit = async () => {
    if (busy || whyNot !== undefined) return;
    const workerName = name.trim();
    const now = new Date().toISOString().slice(0, 19).replace("T", " ").replaceAll(":", ".");
    // names of tokens are shorter, and have no other characters
    const short = workerName.slice(0, 60).replaceAll(/[^A-Za-z0-9._@+ -]/g, "-");
    const answer = await call({ name: words.tokenName(short, now), role: Role.WORKER, workerName });
    if (!answer) return;
    setCommand(workerCommand(location.origin, answer.text, workerName));
    await client.invalidateQueries({
      queryKey: createConnectQueryKey({ schema: TokenService.method.listTokens, cardinality: "finite" }),
    });
  };
  if (command !== undefined) return <MadeCommand command={command} onClose={onClose} />;
  const actions = (
    <>
      <Button onClick={onClose}>{actsStrings.close}</Button>
      <Button type="submit" variant="primary" busy={busy} unavailable={whyNot}>
        {words.makeToken}
      </Button>
    </>
  );
  return (
    <Dialog
      open
      title={words.title}
      lead={words.lead}
      actions={actions}
      onClose={onClose}
      onSubmit={() => void submit()}
    >
      {where}
      <TextField
        optional
        mono
        label={words.name}
        hint={words.nameHint}
        placeholder="lab-7"
        value={name}
        error={problem?.fields.worker_name ?? problem?.fields.name}
        onChange={setName}
      />
      {problem && !problem.fields.worker_name && !problem.fields.name && (
        <p role="alert" className="hint hint--error">
          {problem.message}
        </p>
      )}
    </Dialog>
  );
}

function MadeCommand({ command, onClose }: { readonly command: string; readonly onClose: () => void }) {
  const done = (
    <Button variant="primary" onClick={onClose}>
      {words.done}
    </Button>
  );
  return (
    <Dialog open title={words.madeTitle} lead={words.madeLead} actions={done} onClose={onClose}>
      <StartCommand command={command} />
    </Dialog>
  );
}
