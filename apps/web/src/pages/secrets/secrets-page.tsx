import { useQuery } from "@connectrpc/connect-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { SecretService } from "@tributary/proto/tributary/v1/secrets_pb";
import { useMemo } from "react";

import "#pages/parts/forms.css";
import "#pages/parts/pages.css";
import "#pages/secrets/secrets.css";
import { formatCount } from "#lib/format.ts";
import { links } from "#pages/links.ts";
import { ActLink } from "#pages/parts/act-link.tsx";
import { curlCommand } from "#pages/parts/call-commands.ts";
import { LoadError } from "#pages/parts/load-error.tsx";
import { NoneOfProject } from "#pages/parts/none-of-project.tsx";
import { usePage } from "#pages/parts/use-page.ts";
import { useProject } from "#pages/parts/use-project.ts";
import { MasterKeys } from "#pages/secrets/master-keys.tsx";
import { secretColumns } from "#pages/secrets/secret-columns.tsx";
import { CreateSecret, DeleteSecret, ReplaceSecret } from "#pages/secrets/secret-dialogs.tsx";
import { type SecretFilter, sortOut, useRefusals, useSecretsOf } from "#pages/secrets/secret-filters.ts";
import { SecretHistory } from "#pages/secrets/secret-history.tsx";
import { secretsStrings } from "#pages/strings/secrets-strings.ts";
import { ButtonLink } from "#ui/button.tsx";
import { EmptyState } from "#ui/empty-state.tsx";
import { PageHead } from "#ui/page-head.tsx";
import { ViewLinks } from "#ui/view-links.tsx";
import { VirtualTable } from "#ui/virtual-table/virtual-table.tsx";

const route = getRouteApi("/secrets");
const words = secretsStrings;

/** Secrets by name: values go in and never come out. */
export function SecretsPage() {
  usePage(words.title, [{ label: words.title }]);
  const { act, key, open, show } = route.useSearch();
  const navigate = useNavigate({ from: "/secrets" });
  const { data, error, isRefetching, refetch } = useQuery(SecretService.method.listSecrets, {});
  const secret = data?.secrets.find((each) => each.key === key);
  const close = () => void navigate({ search: (old) => ({ ...old, act: undefined, key: undefined }) });
  const project = useProject();
  const all = useSecretsOf(data?.secrets, project);
  const refusals = useRefusals(all.some(({ usedBySources }) => usedBySources.length > 0));
  const sorted = sortOut(all, refusals, Date.now());
  const shown = sorted.find(({ filter }) => filter === show)?.secrets ?? all;
  const columns = useMemo(
    () =>
      secretColumns({
        refusals,
        onDelete: (each) => void navigate({ search: (old) => ({ ...old, act: "delete", key: each.key }) }),
        onHistory: (each) => void navigate({ search: (old) => ({ ...old, open: each.key }), replace: true }),
      }),
    [navigate, refusals],
  );
  const expanded = useMemo(() => new Set(open === undefined ? [] : [open]), [open]);
  const toggle = (each: string) =>
    void navigate({ search: (old) => ({ ...old, open: open === each ? undefined : each }), replace: true });
  const acts = (
    <>
      <KeysLink />
      <ActLink method={SecretService.method.createSecret} variant="primary" icon="plus" href={links.newSecret()}>
        {words.create}
      </ActLink>
    </>
  );
  const placeholder =
    error && !data ? (
      <LoadError error={error} busy={isRefetching} onRetry={() => void refetch()} />
    ) : (
      data &&
      (all.length > 0 ? (
        <NoneLikeThat />
      ) : project === undefined ? (
        <NoSecrets />
      ) : (
        <NoneOfProject project={project} icon="key" />
      ))
    );
  return (
    <>
      <PageHead title={words.title} lead={words.lead(formatCount(all.length))} actions={acts} />
      <SecretViews sorted={sorted} all={all.length} show={show} />
      <VirtualTable
        label={words.title}
        columns={columns}
        rows={shown}
        rowKey={(each) => each.key}
        rowName={(each) => each.key}
        expanded={expanded}
        detail={(each) => <SecretHistory secret={each} />}
        onOpen={(each) => toggle(each.key)}
        placeholder={placeholder}
      />
      {act === "create" && <CreateSecret suggested={key ?? ""} onClose={close} />}
      {act === "replace" && secret && <ReplaceSecret secret={secret} onClose={close} />}
      {act === "replace" && data && !secret && <CreateSecret suggested={key ?? ""} onClose={close} />}
      {act === "keys" && <MasterKeys onClose={close} />}
      {act === "delete" && secret && <DeleteSecret secret={secret} onClose={close} />}
    </>
  );
}

/** All of them, and those that somebody should look at, when there are any. */
function SecretViews({
  sorted,
  all,
  show,
}: {
  readonly sorted: ReturnType<typeof sortOut>;
  readonly all: number;
  readonly show: SecretFilter | undefined;
}) {
  const views = sorted.filter(({ filter, secrets }) => secrets.length > 0 || filter === show);
  return (
    <ViewLinks
      label={words.filters.label}
      views={[
        { href: links.secrets(), label: words.filters.all, count: all, current: show === undefined },
        ...views.map(({ filter, label, secrets }) => ({
          href: links.secretsThat(filter),
          label,
          count: secrets.length,
          current: filter === show,
        })),
      ]}
    />
  );
}

function NoneLikeThat() {
  return (
    <EmptyState
      icon="key"
      title={words.filters.none}
      actions={<ButtonLink href={links.secrets()}>{words.filters.showAll}</ButtonLink>}
    >
      {words.filters.noneText}
    </EmptyState>
  );
}

/** Leads admins to the master keys, and tells while a rotation is under way; others are not shown it. */
function KeysLink() {
  const { data } = useQuery(SecretService.method.getKeyRing, {}, { retry: false });
  const ring = data?.keyRing;
  if (!ring) return null;
  return (
    <ButtonLink icon="key" href={links.masterKeys()}>
      {ring.leftCount > 0 ? words.keys.linkLeft(formatCount(ring.leftCount)) : words.keys.link}
    </ButtonLink>
  );
}

function NoSecrets() {
  const command = curlCommand({
    method: SecretService.method.createSecret,
    request: { key: "warehouse-readonly", value: "…" },
  });
  const create = (
    <ActLink method={SecretService.method.createSecret} variant="primary" icon="plus" href={links.newSecret()}>
      {words.create}
    </ActLink>
  );
  return (
    <EmptyState icon="key" title={words.emptyTitle} command={command} actions={create}>
      {words.emptyText}
    </EmptyState>
  );
}
