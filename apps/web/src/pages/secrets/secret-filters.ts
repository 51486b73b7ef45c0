import { useQuery } from "@connectrpc/connect-query";
import type { Secret } from "@tributary/proto/tributary/v1/secrets_pb";
import { type Source, SourceIssueKind, SourceService } from "@tributary/proto/tributary/v1/sources_pb";
import { useMemo } from "react";

import { toMs } from "#api/time.ts";
import { inProject } from "#pages/parts/use-project.ts";
import { secretsStrings } from "#pages/strings/secrets-strings.ts";

/** As the address names them. */
export const secretFilters = ["refused", "unused", "old"] as const;
export type SecretFilter = (typeof secretFilters)[number];

const year = 365 * 86_400_000;

/** Sources that were refused, by the key of the secret that they showed. */
export type Refusals = ReadonlyMap<string, Source>;

/** @param asked - whether any secret is a source's */
export function useRefusals(asked: boolean): Refusals {
  const { data } = useQuery(SourceService.method.listSources, {}, { enabled: asked });
  return useMemo(() => {
    const refused = (data?.sources ?? []).filter(({ issues }) =>
      issues.some(({ kind }) => kind === SourceIssueKind.AUTH_FAILURE),
    );
    return new Map(refused.map((source) => [source.settings?.secretKey ?? "", source]));
  }, [data]);
}

const none: readonly Secret[] = [];

/** Of all secrets those that tasks or the source of a project use; undefined for all. */
export function useSecretsOf(secrets: readonly Secret[] = none, project: string | undefined): readonly Secret[] {
  const { data } = useQuery(SourceService.method.listSources, {}, { enabled: project !== undefined });
  return useMemo(() => {
    if (project === undefined) return secrets;
    const sources = new Set(inProject(data?.sources ?? [], project).map(({ id }) => id));
    return secrets.filter(
      ({ usedByTasks, usedBySources }) =>
        usedByTasks.some((task) => task.startsWith(`${project}/`)) || usedBySources.some((id) => sources.has(id)),
    );
  }, [secrets, project, data]);
}

/** Secrets that somebody should look at, by why. */
export function sortOut(
  secrets: readonly Secret[],
  refusals: Refusals,
  now: number,
): readonly { readonly filter: SecretFilter; readonly label: string; readonly secrets: readonly Secret[] }[] {
  const meets: Readonly<Record<SecretFilter, (secret: Secret) => boolean>> = {
    refused: ({ key }) => refusals.has(key),
    unused: ({ usedByTasks, usedBySources }) => usedByTasks.length + usedBySources.length === 0,
    old: ({ updateTime, createTime }) => (toMs(updateTime ?? createTime) ?? now) < now - year,
  };
  return secretFilters.map((filter) => ({
    filter,
    label: secretsStrings.filters[filter],
    secrets: secrets.filter(meets[filter]),
  }));
}
