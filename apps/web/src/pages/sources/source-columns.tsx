import { type Source, SourceState } from "@tributary/proto/tributary/v1/sources_pb";

import { toMs } from "#api/time.ts";
import { formatCount } from "#lib/format.ts";
import { links } from "#pages/links.ts";
import { repositoryName, sourceGlyph, sourceWord } from "#pages/parts/source-words.ts";
import { sourcesStrings } from "#pages/strings/sources-strings.ts";
import { Link } from "#ui/link.tsx";
import { RelativeTime } from "#ui/relative-time.tsx";
import { StateLabel } from "#ui/state-glyph.tsx";
import type { Column } from "#ui/virtual-table/columns.ts";

const words = sourcesStrings.columns;

export const sourceColumns: readonly Column<Source>[] = [
  {
    id: "state",
    head: words.state,
    width: "184px",
    narrow: "state",
    cell: (source) => <StateLabel state={sourceGlyph(source)}>{sourceWord(source)}</StateLabel>,
  },
  {
    id: "repository",
    head: words.repository,
    width: "minmax(160px, 1fr)",
    narrow: "title",
    cell: (source) => (
      <span className="td-task">
        <Link className="name" href={links.source(source.id)}>
          {repositoryName(source.settings?.repository ?? source.id)}
        </Link>
        <span className="why">{source.state === SourceState.SYNCHRONIZED ? source.projectName : ""}</span>
      </span>
    ),
  },
  {
    // two-line rows show the state as a glyph: this says it
    id: "word",
    head: words.state,
    width: "0px",
    minTable: Number.POSITIVE_INFINITY,
    narrow: "sub",
    cell: sourceWord,
  },
  {
    id: "at",
    head: words.at,
    width: "132px",
    minTable: 620,
    cell: ({ branch, commit }) => (
      <span className="cut dim">
        {branch} {commit && <code className="faint">{commit.slice(0, 7)}</code>}
      </span>
    ),
  },
  {
    id: "synced",
    head: words.synced,
    width: "72px",
    narrow: "end",
    cell: (source) => <Synced at={toMs(source.lastSyncTime)} />,
  },
  {
    id: "tasks",
    head: words.tasks,
    width: "56px",
    numeric: true,
    cell: ({ taskNames }) => formatCount(taskNames.length),
  },
];

function Synced({ at }: { readonly at: number | undefined }) {
  return at === undefined ? <span className="faint">{words.never}</span> : <RelativeTime at={at} />;
}
