import {
  type Call,
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

const forms = [
  { id: "curl", label: "curl", write: curlCommand },
  { id: "grpcurl", label: "grpcurl", write: grpcurlCommand },
  { id: "python", label: "Python", write: pythonSnippet },
  { id: "javascript", label: "JavaScript", write: javascriptSnippet },
] as const;

/** A menu that copies calls about what the page shows, ready to be run elsewhere. */
export function CopyAs({ calls }: { readonly calls: readonly CopyableCall[] }) {
  const items = calls.flatMap((call, index) =>
    forms.map((form, place) => ({
      id: `${call.id} ${form.id}`,
      label: form.label,
      hint: call.label,
      apart: index > 0 && place === 0,
      onSelect: () => void copy(form.label, form.write(call)),
    })),
  );
  return <Menu trigger={<Button icon="terminal">{actsStrings.copyAs}</Button>} items={items} />;
}

async function copy(form: string, text: string): Promise<void> {
  const done = await copyText(text);
  showToast(
    done ? { title: actsStrings.copied(form), text } : { title: actsStrings.copyFailed, text, state: "problem" },
  );
}
