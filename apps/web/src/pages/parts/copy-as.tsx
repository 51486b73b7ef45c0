import { Credential } from "@tributary/proto/tributary/v1/sessions_pb";

import { useSession } from "#api/use-session.ts";
import {
  type Call,
  type CallTarget,
  cliCommand,
  curlCommand,
  grpcurlCommand,
  javascriptSnippet,
  pythonSnippet,
} from "#pages/parts/call-commands.ts";
import { actsStrings } from "#pages/strings/acts-strings.ts";
import { Button } from "#ui/button.tsx";
import { copyText } from "#ui/copy-button.tsx";
import { Menu } from "#ui/menu.tsx";
import { showToast } from "#ui/toasts.ts";

export interface CopyableCall extends Call {
  readonly id: string;
  /** What it does: "Read this task". */
  readonly label: string;
}

interface Form {
  readonly id: string;
  readonly label: string;
  /** Undefined where it cannot be said in this form. */
  readonly write: (call: Call, target: CallTarget) => string | undefined;
}

const forms: readonly Form[] = [
  { id: "curl", label: "curl", write: curlCommand },
  { id: "grpcurl", label: "grpcurl", write: grpcurlCommand },
  { id: "python", label: "Python", write: pythonSnippet },
  { id: "javascript", label: "JavaScript", write: javascriptSnippet },
  { id: "cli", label: "tributary", write: ({ cli }, target) => cli && cliCommand(cli, target) },
];

/** A menu that copies calls about what the page shows, ready to be run elsewhere. */
export function CopyAs({ calls }: { readonly calls: readonly CopyableCall[] }) {
  const credential = useSession()?.session?.credential ?? Credential.NONE;
  const target = { origin: location.origin, needsToken: credential !== Credential.NONE };
  const items = calls.flatMap((call, index) =>
    forms.flatMap(({ id, label, write }, place) => {
      const text = write(call, target);
      if (text === undefined) return [];
      const onSelect = () => void copy(label, text);
      return [{ id: `${call.id} ${id}`, label, hint: call.label, apart: index > 0 && place === 0, onSelect }];
    }),
  );
  return <Menu trigger={<Button icon="terminal">{actsStrings.copyAs}</Button>} items={items} />;
}

async function copy(form: string, text: string): Promise<void> {
  const done = await copyText(text);
  showToast(
    done ? { title: actsStrings.copied(form), text } : { title: actsStrings.copyFailed, text, state: "problem" },
  );
}
