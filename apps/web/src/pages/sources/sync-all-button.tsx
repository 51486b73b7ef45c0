import { useMutation } from "@connectrpc/connect-query";
import { useQueryClient } from "@tanstack/react-query";
import { type Source, SourceService, SourceState } from "@tributary/proto/tributary/v1/sources_pb";
import { useState } from "react";

import { toSentence } from "#api/errors.ts";
import { showSource } from "#api/show-change.ts";
import { formatCount } from "#lib/format.ts";
import { useWhyNot } from "#pages/parts/role-words.ts";
import { sourcesStrings } from "#pages/strings/sources-strings.ts";
import { Button } from "#ui/button.tsx";
import { showToast } from "#ui/toasts.ts";

const words = sourcesStrings.syncAll;

/** Has all repositories read now; those that could not be asked are told by the first reason. */
export function SyncAllButton({ sources }: { readonly sources: readonly Source[] }) {
  const client = useQueryClient();
  const { mutateAsync: sync } = useMutation(SourceService.method.syncSource, {
    onSuccess: (answer) => showSource(client, answer.source),
  });
  const [asking, setAsking] = useState(false);
  const whyNot = useWhyNot(SourceService.method.syncSource);
  const idle = sources.filter(({ state }) => state !== SourceState.SYNCHRONISING);
  async function syncAll(): Promise<void> {
    setAsking(true);
    const asked = await Promise.allSettled(idle.map(({ id }) => sync({ id })));
    setAsking(false);
    const refused = asked.filter((each) => each.status === "rejected");
    if (refused.length === 0) return;
    const title = words.failed(formatCount(refused.length), formatCount(asked.length));
    showToast({ title, text: toSentence(refused[0]?.reason), state: "failed" });
  }
  return (
    <Button
      icon="retry"
      busy={asking || idle.length === 0}
      unavailable={whyNot}
      onClick={() => void syncAll()}
      title={words.hint}
    >
      {words.act}
    </Button>
  );
}
