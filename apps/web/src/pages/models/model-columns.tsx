import type { Model } from "@tributary/proto/tributary/v1/models_pb";

import { toMs } from "#api/time.ts";
import { formatCount } from "#lib/format.ts";
import { links } from "#pages/links.ts";
import { modelState, problemOf } from "#pages/models/model-words.ts";
import { TrainButton } from "#pages/models/train-button.tsx";
import { modelsStrings } from "#pages/strings/models-strings.ts";
import { Link } from "#ui/link.tsx";
import { RelativeTime } from "#ui/relative-time.tsx";
import { StateLabel } from "#ui/state-glyph.tsx";
import type { Column } from "#ui/virtual-table/columns.ts";

const words = modelsStrings;

/** What the list tells of each model, and what can be done with it. */
export const modelColumns: readonly Column<Model>[] = [
  {
    id: "state",
    head: words.columns.state,
    width: "124px",
    narrow: "state",
    cell: (model) => <ModelState model={model} />,
  },
  {
    id: "name",
    head: words.columns.name,
    width: "minmax(160px, 1fr)",
    narrow: "title",
    cell: (model) => <Name model={model} />,
  },
  {
    id: "versions",
    head: words.columns.versions,
    width: "80px",
    numeric: true,
    minTable: 760,
    cell: ({ versionCount }) => formatCount(versionCount),
  },
  {
    id: "validated",
    head: words.columns.validated,
    width: "88px",
    minTable: 860,
    cell: ({ latestValidatedVersion }) => <VersionName version={latestValidatedVersion} />,
  },
  {
    id: "served",
    head: words.columns.served,
    width: "148px",
    narrow: "note",
    cell: (model) => <Served model={model} />,
  },
  {
    id: "trained",
    head: words.columns.trained,
    width: "96px",
    narrow: "sub",
    cell: (model) => <Trained model={model} />,
  },
  {
    id: "acts",
    head: <span className="vh">{words.columns.acts}</span>,
    width: "88px",
    narrow: "end",
    cell: (model) => (
      <span className="row row--end">
        <TrainButton model={model} size="small" variant="quiet" />
      </span>
    ),
  },
];

function ModelState({ model }: { readonly model: Model }) {
  const [state, text] = modelState(model);
  return <StateLabel state={state}>{text}</StateLabel>;
}

function Name({ model }: { readonly model: Model }) {
  const problem = problemOf(model);
  return (
    <span className="td-task">
      <Link className="name" href={links.model(model.id)}>
        {model.projectName} / {model.name}
      </Link>
      <span className="why" title={problem}>
        {problem}
      </span>
    </span>
  );
}

function VersionName({ version }: { readonly version: number }) {
  return version === 0 ? <span className="faint">{words.none}</span> : words.version(version);
}

function Served({ model: { deployment } }: { readonly model: Model }) {
  if (!deployment || deployment.wantedReplicas === 0) return null;
  return (
    <span className="tn">
      {words.version(deployment.version)}{" "}
      <span className="dim">{words.replicas(deployment.readyReplicas, deployment.wantedReplicas)}</span>
    </span>
  );
}

function Trained({ model: { latestTraining } }: { readonly model: Model }) {
  const at = toMs(latestTraining?.createTime);
  return at === undefined ? <span className="faint">{words.never}</span> : <RelativeTime at={at} suffix={words.ago} />;
}
