import { useMutation } from "@connectrpc/connect-query";
import { useQueryClient } from "@tanstack/react-query";
import { type Source, SourceService } from "@tributary/proto/tributary/v1/sources_pb";

import { toSentence } from "#api/errors.ts";
import { showSource } from "#api/show-change.ts";
import { useWhyNot } from "#pages/parts/role-words.ts";
import { sourcesStrings } from "#pages/strings/sources-strings.ts";
import { Button } from "#ui/button.tsx";

const words = sourcesStrings.hostKeys;

/** By which ssh key the host of a source is known. */
export function HostKeys({ source }: { readonly source: Source }) {
  return source.hostKeys.map(({ host, type, fingerprint }) => (
    <span key={fingerprint} className="mono address">
      {type} {fingerprint} <span className="faint">{host}</span>
    </span>
  ));
}

/** Takes the key that the host shows now for the right one. */
export function ForgetHostKeys({ source }: { readonly source: Source }) {
  const client = useQueryClient();
  const whyNot = useWhyNot(SourceService.method.forgetHostKeys);
  const forget = useMutation(SourceService.method.forgetHostKeys, {
    onSuccess: (answer) => showSource(client, answer.source),
  });
  return (
    <>
      <Button
        size="small"
        busy={forget.isPending}
        unavailable={whyNot}
        onClick={() => !forget.isPending && forget.mutate({ sourceId: source.id })}
      >
        {words.trust}
      </Button>
      {forget.error && <span className="problem-text small">{toSentence(forget.error)}</span>}
    </>
  );
}
