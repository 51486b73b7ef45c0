import { useMutation } from "@connectrpc/connect-query";
import { useQueryClient } from "@tanstack/react-query";
import { type Source, SourceService, SourceState } from "@tributary/proto/tributary/v1/sources_pb";

import { toSentence } from "#api/errors.ts";
import { showSource } from "#api/show-change.ts";
import { useWhyNot } from "#pages/parts/role-words.ts";
import { sourcesStrings } from "#pages/strings/sources-strings.ts";
import { Button, type ButtonProps } from "#ui/button.tsx";
import { showToast } from "#ui/toasts.ts";

/** Has a repository read now. */
export function SyncButton({ source, ...look }: { readonly source: Source } & Pick<ButtonProps, "size" | "variant">) {
  const client = useQueryClient();
  const sync = useMutation(SourceService.method.syncSource, {
    onSuccess: (answer) => showSource(client, answer.source),
    onError: (error) => showToast({ title: sourcesStrings.syncFailed, text: toSentence(error), state: "failed" }),
  });
  const whyNot = useWhyNot(SourceService.method.syncSource);
  const busy = sync.isPending || source.state === SourceState.SYNCHRONISING;
  return (
    <Button {...look} icon="retry" busy={busy} unavailable={whyNot} onClick={() => sync.mutate({ id: source.id })}>
      {sourcesStrings.syncNow}
    </Button>
  );
}
