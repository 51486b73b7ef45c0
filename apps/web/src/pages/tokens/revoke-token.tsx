import { createConnectQueryKey, useMutation } from "@connectrpc/connect-query";
import { useQueryClient } from "@tanstack/react-query";
import { type Token, TokenService } from "@tributary/proto/tributary/v1/tokens_pb";

import { toSentence } from "#api/errors.ts";
import { tokensStrings } from "#pages/strings/tokens-strings.ts";
import { ConfirmDialog } from "#ui/confirm-dialog.tsx";

const words = tokensStrings.remove;

/** Takes a token back, once more asked. */
export function RevokeToken({ token, onClose }: { readonly token: Token; readonly onClose: () => void }) {
  const client = useQueryClient();
  const revoke = useMutation(TokenService.method.revokeToken, {
    onSuccess: async () => {
      onClose();
      await client.invalidateQueries({
        queryKey: createConnectQueryKey({ schema: TokenService.method.listTokens, cardinality: "finite" }),
      });
    },
  });
  return (
    <ConfirmDialog
      open
      danger
      busy={revoke.isPending}
      title={words.title(token.name)}
      confirm={words.confirm}
      keep={words.keep}
      error={revoke.error ? toSentence(revoke.error) : undefined}
      onConfirm={() => !revoke.isPending && revoke.mutate({ id: token.id })}
      onClose={onClose}
    >
      {words.text} {token.sessionCount > 0 && words.sessions(token.sessionCount)}
    </ConfirmDialog>
  );
}
