import { useQuery } from "@connectrpc/connect-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { Role, TokenService } from "@tributary/proto/tributary/v1/tokens_pb";
import { useMemo } from "react";

import "#pages/parts/pages.css";
import { formatCount } from "#lib/format.ts";
import { links } from "#pages/links.ts";
import { ActLink } from "#pages/parts/act-link.tsx";
import { curlCommand } from "#pages/parts/call-commands.ts";
import { LoadError } from "#pages/parts/load-error.tsx";
import { usePage } from "#pages/parts/use-page.ts";
import { tokensStrings } from "#pages/strings/tokens-strings.ts";
import { CreateToken } from "#pages/tokens/create-token.tsx";
import { RevokeToken } from "#pages/tokens/revoke-token.tsx";
import { stateOfToken, tokenColumns } from "#pages/tokens/token-columns.tsx";
import { EmptyState } from "#ui/empty-state.tsx";
import { PageHead } from "#ui/page-head.tsx";
import { VirtualTable } from "#ui/virtual-table/virtual-table.tsx";

const route = getRouteApi("/tokens");
const words = tokensStrings;

/** API tokens: who may call, and how far. */
export function TokensPage() {
  usePage(words.title, [{ label: words.title }]);
  const { act, id } = route.useSearch();
  const navigate = useNavigate({ from: "/tokens" });
  const { data, error, isRefetching, refetch } = useQuery(TokenService.method.listTokens, {});
  const tokens = data?.tokens ?? [];
  const close = () => void navigate({ search: (old) => ({ ...old, act: undefined, id: undefined }) });
  const columns = useMemo(
    () => tokenColumns((token) => void navigate({ search: (old) => ({ ...old, act: "revoke", id: token.id }) })),
    [navigate],
  );
  const usable = tokens.filter((token) => stateOfToken(token, Date.now()) === "active").length;
  const revoking = act === "revoke" ? tokens.find((token) => token.id === id) : undefined;
  const placeholder =
    error && !data ? (
      <LoadError error={error} busy={isRefetching} onRetry={() => void refetch()} />
    ) : (
      data && <NoTokens />
    );
  return (
    <>
      <PageHead title={words.title} lead={data ? words.lead(formatCount(usable)) : "\u00a0"} actions={<CreateLink />} />
      <VirtualTable
        label={words.title}
        columns={columns}
        rows={tokens}
        rowKey={(token) => token.id}
        rowName={({ name }) => name}
        placeholder={placeholder}
      />
      {act === "create" && <CreateToken onClose={close} />}
      {revoking && <RevokeToken token={revoking} onClose={close} />}
    </>
  );
}

function CreateLink() {
  return (
    <ActLink method={TokenService.method.createToken} variant="primary" icon="plus" href={links.newToken()}>
      {words.create}
    </ActLink>
  );
}

function NoTokens() {
  const command = curlCommand({
    method: TokenService.method.createToken,
    request: { name: "nightly", role: Role.RUNNER },
  });
  return (
    <EmptyState icon="token" title={words.emptyTitle} command={command} actions={<CreateLink />}>
      {words.emptyText}
    </EmptyState>
  );
}
