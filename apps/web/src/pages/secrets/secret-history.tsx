import { useQuery } from "@connectrpc/connect-query";
import { type Secret, SecretService, type SecretVersion } from "@tributary/proto/tributary/v1/secrets_pb";

import { toMs } from "#api/time.ts";
import { formatDateTime, formatShortDateTime } from "#lib/format.ts";
import { LoadError } from "#pages/parts/load-error.tsx";
import { ScrollRegion } from "#pages/parts/scroll-region.tsx";
import { LastRead } from "#pages/secrets/last-read.tsx";
import { SecretUsers } from "#pages/secrets/secret-users.tsx";
import { secretsStrings } from "#pages/strings/secrets-strings.ts";
import { MiniTable } from "#ui/mini-table.tsx";

const words = secretsStrings.history;

/** Who uses a secret, and its versions: who made each and when, and who read it last. */
export function SecretHistory({ secret }: { readonly secret: Secret }) {
  const { key: secretKey } = secret;
  const { data, error, isRefetching, refetch } = useQuery(SecretService.method.listSecretVersions, { key: secretKey });
  if (error && !data) return <LoadError error={error} busy={isRefetching} onRetry={() => void refetch()} />;
  return (
    <section className="row-detail secret-history">
      <h3>{words.users}</h3>
      <SecretUsers secret={secret} />
      <h3>{words.title}</h3>
      <ScrollRegion label={words.of(secretKey)}>
        <Versions label={words.of(secretKey)} versions={data?.versions ?? []} />
      </ScrollRegion>
      <p className="faint small">{words.note}</p>
    </section>
  );
}

function Versions({ label, versions }: { readonly label: string; readonly versions: readonly SecretVersion[] }) {
  const current = versions[0]?.version;
  return (
    <MiniTable
      label={label}
      rows={versions}
      rowKey={({ version }) => String(version)}
      columns={[
        { id: "version", head: words.version, cell: ({ version }) => secretsStrings.columns.versionNumber(version) },
        { id: "time", head: words.set, cell: ({ createTime }) => <SetAt at={toMs(createTime) ?? 0} /> },
        { id: "by", head: words.by, cell: ({ createdBy }) => createdBy },
        { id: "read", head: words.lastRead, cell: (version) => <LastRead read={version} /> },
        { id: "value", head: words.value, cell: (version) => wordOfValue(version, current) },
      ]}
    />
  );
}

function SetAt({ at }: { readonly at: number }) {
  return <span title={formatDateTime(at)}>{formatShortDateTime(at)}</span>;
}

function wordOfValue({ version, valueKept }: SecretVersion, current: number | undefined): string {
  if (version === current) return words.current;
  return valueKept ? words.inUse : words.dropped;
}
