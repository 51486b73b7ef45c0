import { type DataSet, DataSetState } from "@tributary/proto/tributary/v1/data_sets_pb";

import { toMs } from "#api/time.ts";
import { formatBytes, formatCount } from "#lib/format.ts";
import { MakeAgain } from "#pages/data-sets/make-again.tsx";
import { links } from "#pages/links.ts";
import { dataSetsStrings } from "#pages/strings/data-sets-strings.ts";
import { Link } from "#ui/link.tsx";
import { RelativeTime } from "#ui/relative-time.tsx";
import { type State, StateLabel } from "#ui/state-glyph.tsx";
import type { Column } from "#ui/virtual-table/columns.ts";

const words = dataSetsStrings;

const states: Readonly<Record<DataSetState, readonly [State, string]>> = {
  [DataSetState.UNSPECIFIED]: ["idle", words.states.absent],
  [DataSetState.ABSENT]: ["idle", words.states.absent],
  [DataSetState.BEING_MADE]: ["running", words.states.beingMade],
  [DataSetState.READY]: ["succeeded", words.states.ready],
  [DataSetState.FAILED]: ["failed", words.states.failed],
};

/** What the list tells of each data set, and what can be done with it. */
export const dataSetColumns: readonly Column<DataSet>[] = [
  {
    id: "state",
    head: words.columns.state,
    width: "128px",
    narrow: "state",
    cell: ({ state }) => <StateLabel state={states[state][0]}>{states[state][1]}</StateLabel>,
  },
  {
    id: "name",
    head: words.columns.name,
    width: "minmax(160px, 1fr)",
    narrow: "title",
    cell: (dataSet) => <Name dataSet={dataSet} />,
  },
  {
    id: "path",
    head: words.columns.path,
    width: "minmax(100px, 220px)",
    minTable: 860,
    cell: ({ path }) => <span className="mono cut">{path}</span>,
  },
  {
    id: "files",
    head: words.columns.files,
    width: "72px",
    numeric: true,
    minTable: 760,
    cell: ({ fileCount }) => formatCount(fileCount),
  },
  {
    id: "size",
    head: words.columns.size,
    width: "96px",
    numeric: true,
    narrow: "note",
    cell: (dataSet) => <Size dataSet={dataSet} />,
  },
  {
    id: "made",
    head: words.columns.made,
    width: "88px",
    narrow: "sub",
    cell: ({ makeTime }) => <Made at={toMs(makeTime)} />,
  },
  {
    id: "task",
    head: words.columns.task,
    width: "88px",
    minTable: 620,
    cell: ({ taskId }) => <ByTask id={taskId} />,
  },
  {
    id: "acts",
    head: <span className="vh">{words.columns.acts}</span>,
    width: "112px",
    narrow: "end",
    cell: (dataSet) => <MakeAgain dataSet={dataSet} />,
  },
];

function Name({ dataSet: { projectId, projectName, name, problem } }: { readonly dataSet: DataSet }) {
  return (
    <span className="td-task">
      <Link className="name" href={links.project(projectId)}>
        {projectName} / {name}
      </Link>
      <span className="why" title={problem}>
        {problem}
      </span>
    </span>
  );
}

function Size({ dataSet: { state, byteCount, declaredSize } }: { readonly dataSet: DataSet }) {
  if (state !== DataSetState.READY) return null;
  return (
    <span title={declaredSize === "" ? undefined : words.declared(declaredSize)}>{formatBytes(Number(byteCount))}</span>
  );
}

function Made({ at }: { readonly at: number | undefined }) {
  return at === undefined ? <span className="faint">{words.never}</span> : <RelativeTime at={at} suffix={words.ago} />;
}

function ByTask({ id }: { readonly id: number }) {
  if (id === 0) return null;
  return (
    <Link className="mono" href={links.task(id)}>
      #{id}
    </Link>
  );
}
