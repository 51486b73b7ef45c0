import { DeploymentState, type Model, ModelService, type ModelVersion } from "@tributary/proto/tributary/v1/models_pb";

import { toMs } from "#api/time.ts";
import { links } from "#pages/links.ts";
import { shortNumber, validationState } from "#pages/models/model-words.ts";
import { useModelAct } from "#pages/models/use-model-act.ts";
import { useWhyNot } from "#pages/parts/role-words.ts";
import { ScrollRegion } from "#pages/parts/scroll-region.tsx";
import { modelsStrings } from "#pages/strings/models-strings.ts";
import { IconButton } from "#ui/button.tsx";
import { Link } from "#ui/link.tsx";
import { Menu } from "#ui/menu.tsx";
import { MiniTable } from "#ui/mini-table.tsx";
import { RelativeTime } from "#ui/relative-time.tsx";
import { StateLabel } from "#ui/state-glyph.tsx";

const words = modelsStrings;
const columns = words.versionColumns;

/** Every version with what was measured, and whether it may be served. */
export function VersionsTable({
  model,
  versions,
}: {
  readonly model: Model;
  readonly versions: readonly ModelVersion[];
}) {
  return (
    <ScrollRegion label={words.versions}>
      <MiniTable
        label={words.versions}
        rows={versions}
        rowKey={({ version }) => String(version)}
        columns={[
          { id: "version", head: columns.version, cell: (version) => <Version version={version} /> },
          { id: "validation", head: columns.validation, cell: (version) => <Validation version={version} /> },
          { id: "metrics", head: columns.metrics, cell: ({ metrics }) => <Metrics metrics={metrics} /> },
          {
            id: "parameters",
            head: columns.parameters,
            cell: ({ parameters }) => <Values values={Object.entries(parameters)} />,
          },
          {
            id: "training",
            head: columns.training,
            cell: ({ trainingTaskId }) => <TaskLink id={trainingTaskId} />,
          },
          {
            id: "made",
            head: columns.made,
            cell: ({ createTime }) => <RelativeTime at={toMs(createTime) ?? 0} suffix={words.ago} />,
          },
          {
            id: "acts",
            head: (
              <span className="model-acts">
                <span className="vh">{columns.acts}</span>
              </span>
            ),
            cell: (version) => <VersionActs model={model} version={version} />,
          },
        ]}
      />
    </ScrollRegion>
  );
}

function Version({ version: { version, readyReplicas, runName } }: { readonly version: ModelVersion }) {
  return (
    <span className="row" title={runName}>
      <b className="tn">{words.version(version)}</b>
      {readyReplicas > 0 && <span className="tag">{words.served}</span>}
    </span>
  );
}

function Validation({ version }: { readonly version: ModelVersion }) {
  const [state, text] = validationState(version);
  const why = version.validationProblem || version.servingProblem;
  const label = <StateLabel state={state}>{text}</StateLabel>;
  return (
    <span className="model-validation">
      {version.validationTaskId > 0 ? <Link href={links.task(version.validationTaskId)}>{label}</Link> : label}
      {why !== "" && <span className="dim small">{why}</span>}
    </span>
  );
}

function Metrics({ metrics }: { readonly metrics: ModelVersion["metrics"] }) {
  return <Values values={Object.entries(metrics).map(([name, value]) => [name, shortNumber(value)])} />;
}

function Values({ values }: { readonly values: readonly (readonly [string, string])[] }) {
  const sorted = values.toSorted(([a], [b]) => a.localeCompare(b));
  return (
    <span className="model-values">
      {sorted.map(([name, value]) => (
        <span key={name} className="small">
          <span className="dim">{name}</span> <span className="mono">{value}</span>
        </span>
      ))}
    </span>
  );
}

function TaskLink({ id }: { readonly id: number }) {
  if (id === 0) return null;
  return (
    <Link className="mono" href={links.task(id)}>
      #{id}
    </Link>
  );
}

function VersionActs({ model, version: { version } }: { readonly model: Model; readonly version: ModelVersion }) {
  const deploy = useModelAct(ModelService.method.deployModel, words.changeFailed);
  const validate = useModelAct(ModelService.method.validateVersion, words.validateFailed);
  const [mayDeploy, mayValidate] = [
    useWhyNot(ModelService.method.deployModel),
    useWhyNot(ModelService.method.validateVersion),
  ];
  const { deployment, id } = model;
  const isServed =
    deployment?.state === DeploymentState.FOLLOWING && deployment.versionIsChosen && deployment.version === version;
  return (
    <Menu
      trigger={<IconButton size="small" icon="more" label={words.moreOf(words.version(version))} />}
      items={[
        {
          id: "serve",
          label: words.serveThis,
          hint: mayDeploy ?? words.serveThisHint,
          icon: "play",
          disabled: mayDeploy !== undefined || isServed,
          onSelect: () => deploy.mutate({ id, version }),
        },
        {
          id: "validate",
          label: words.validateAgain,
          hint: mayValidate ?? words.validateHint,
          icon: "retry",
          disabled: mayValidate !== undefined || !model.hasValidation,
          onSelect: () => validate.mutate({ id, version }),
        },
      ]}
    />
  );
}
