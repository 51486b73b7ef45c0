import { type Secret, SecretService } from "@tributary/proto/tributary/v1/secrets_pb";
import type { Source } from "@tributary/proto/tributary/v1/sources_pb";

import { toMs } from "#api/time.ts";
import { formatDateTime, formatShortDateTime } from "#lib/format.ts";
import { links } from "#pages/links.ts";
import { ActLink } from "#pages/parts/act-link.tsx";
import { repositoryName } from "#pages/parts/source-words.ts";
import { LastRead } from "#pages/secrets/last-read.tsx";
import type { Refusals } from "#pages/secrets/secret-filters.ts";
import { secretsStrings } from "#pages/strings/secrets-strings.ts";
import { taskStrings } from "#pages/strings/task-strings.ts";
import { IconButton } from "#ui/button.tsx";
import { Icon } from "#ui/icons.tsx";
import { Link } from "#ui/link.tsx";
import { Menu } from "#ui/menu.tsx";
import { StateGlyph } from "#ui/state-glyph.tsx";
import type { Column } from "#ui/virtual-table/columns.ts";

const words = secretsStrings.columns;

interface SecretList {
  readonly refusals: Refusals;
  readonly onDelete: (secret: Secret) => void;
  readonly onHistory: (secret: Secret) => void;
}

/** What the list tells of each secret: everything but its value. */
export function secretColumns({ refusals, onDelete, onHistory }: SecretList): readonly Column<Secret>[] {
  return [
    {
      id: "key",
      head: words.name,
      width: "minmax(150px, 1fr)",
      narrow: "title",
      cell: ({ key }) => <SecretName name={key} refused={refusals.get(key)} />,
    },
    {
      id: "version",
      head: words.version,
      width: "72px",
      minTable: 560,
      cell: ({ version }) => words.versionNumber(version),
    },
    { id: "set", head: words.set, width: "176px", narrow: "sub", cell: (secret) => <SetBy secret={secret} /> },
    {
      id: "used",
      head: words.usedBy,
      width: "150px",
      narrow: "note",
      minTable: 700,
      cell: (secret) => <UsedBy secret={secret} />,
    },
    { id: "read", head: words.lastRead, width: "170px", minTable: 860, cell: (secret) => <LastRead read={secret} /> },
    {
      id: "acts",
      head: <span className="vh">{words.acts}</span>,
      width: "112px",
      narrow: "end",
      cell: (secret) => (
        <span className="row row--end">
          <ActLink
            method={SecretService.method.replaceSecret}
            size="small"
            variant="quiet"
            href={links.replaceSecret(secret.key)}
          >
            {words.replace}
          </ActLink>
          <Menu
            trigger={<IconButton size="small" icon="more" label={words.more(secret.key)} />}
            items={[
              { id: "history", label: words.history, icon: "clock", onSelect: () => onHistory(secret) },
              {
                id: "delete",
                label: words.remove,
                icon: "trash",
                danger: true,
                apart: true,
                onSelect: () => onDelete(secret),
              },
            ]}
          />
        </span>
      ),
    },
  ];
}

/** With the source that it was shown for in vain, which leads to why. */
function SecretName({ name, refused }: { readonly name: string; readonly refused: Source | undefined }) {
  return (
    <span className="td-task">
      <span className="row secret-name">
        <Icon name="key" className="faint" />
        <span className="name mono cut" title={name}>
          {name}
        </span>
      </span>
      {refused && (
        <Link className="why row" href={links.source(refused.id)}>
          <StateGlyph state="failed" />
          <span className="cut">
            {secretsStrings.refusedFor(repositoryName(refused.settings?.repository ?? refused.id))}
          </span>
        </Link>
      )}
    </span>
  );
}

function SetBy({ secret: { updateTime, createTime, updatedBy } }: { readonly secret: Secret }) {
  const at = toMs(updateTime ?? createTime);
  if (at === undefined) return null;
  return (
    <span className="cut" title={formatDateTime(at)}>
      {formatShortDateTime(at)} {updatedBy && <span className="faint">{taskStrings.fact.by(updatedBy)}</span>}
    </span>
  );
}

function UsedBy({ secret: { key, usedByTasks, usedBySources } }: { readonly secret: Secret }) {
  const words = secretsStrings;
  const parts = [
    usedByTasks.length > 0 && words.tasks(usedByTasks.length),
    usedBySources.length > 0 && words.sources(usedBySources.length),
  ].filter(Boolean);
  if (parts.length === 0) return <span className="faint">{words.usedByNobody}</span>;
  return (
    <>
      <Link
        className="link cut wide-only"
        href={links.secret(key)}
        title={[...usedByTasks, ...usedBySources].join("\n")}
      >
        {parts.join(", ")}
      </Link>
      {/* a second line has no room for a finger beside the row's own; its menu leads there too */}
      <span className="cut narrow-only">{parts.join(", ")}</span>
    </>
  );
}
