import { useQuery } from "@connectrpc/connect-query";
import { getRouteApi } from "@tanstack/react-router";
import { type GetModelResponse, type Model, ModelService } from "@tributary/proto/tributary/v1/models_pb";

import "#pages/models/models.css";
import "#pages/parts/pages.css";
import { isNotFound } from "#api/errors.ts";
import { toMs } from "#api/time.ts";
import { links } from "#pages/links.ts";
import { predictWithCurl, predictWithPython } from "#pages/models/call-model.ts";
import { DeploymentPanel } from "#pages/models/deployment-panel.tsx";
import { ModelRuns } from "#pages/models/model-runs.tsx";
import { modelState } from "#pages/models/model-words.ts";
import { TrainButton } from "#pages/models/train-button.tsx";
import { useModelAct } from "#pages/models/use-model-act.ts";
import { VersionsTable } from "#pages/models/versions-table.tsx";
import { AbsentPage } from "#pages/parts/absent-page.tsx";
import { useWhyNot } from "#pages/parts/role-words.ts";
import { usePage } from "#pages/parts/use-page.ts";
import { modelsStrings } from "#pages/strings/models-strings.ts";
import { stateStrings } from "#pages/strings/state-strings.ts";
import { Board, Panel } from "#ui/board.tsx";
import { Button } from "#ui/button.tsx";
import { CodeBlock } from "#ui/code-block.tsx";
import { Facts } from "#ui/facts.tsx";
import { Link } from "#ui/link.tsx";
import { PageHead } from "#ui/page-head.tsx";
import { RelativeTime } from "#ui/relative-time.tsx";
import { StateGlyph, StateLabel } from "#ui/state-glyph.tsx";

const route = getRouteApi("/models/$project/$model");
const words = modelsStrings;
const gone = {
  icon: "share",
  title: words.gone,
  text: words.goneText,
  list: { href: links.models(), label: words.all },
} as const;

/** One model, from its training to the answers it gives. */
export function ModelPage() {
  const { project, model: name } = route.useParams();
  const id = `${project}/${name}`;
  const query = useQuery(ModelService.method.getModel, { id });
  const { data } = query;
  usePage(`${name} · ${words.title}`, [{ label: words.title, href: links.models() }, { label: id }], project);
  if (data?.model && !isNotFound(query.error)) return <ShownModel model={data.model} detail={data} />;
  return <AbsentPage title={id} query={query} gone={gone} />;
}

function ShownModel({ model, detail }: { readonly model: Model; readonly detail: GetModelResponse }) {
  const { versions, replicas, trainings, validations, trackingUri } = detail;
  const problems = [...model.problems, model.trackingProblem].filter((problem) => problem !== "");
  const actions = (
    <>
      <LookButton model={model} />
      <TrainButton model={model} variant="primary" />
    </>
  );
  return (
    <>
      <PageHead title={model.name} facts={<ModelFacts model={model} />} actions={actions} />
      <Board>
        {problems.length > 0 && (
          <Panel span={12} title={words.problems}>
            <ul className="lines">
              {problems.map((problem) => (
                <li key={problem}>
                  <StateGlyph state="problem" label={stateStrings.problem} />
                  <span className="problem-text">{problem}</span>
                </li>
              ))}
            </ul>
          </Panel>
        )}
        <Panel span={12} title={words.versions} sub={words.versionsAt(trackingUri)}>
          {versions.length === 0 ? (
            <p className="dim">{words.noVersions}</p>
          ) : (
            <VersionsTable model={model} versions={versions} />
          )}
        </Panel>
        <Panel span={6} title={words.deployment}>
          <DeploymentPanel model={model} replicas={replicas} />
        </Panel>
        <Panel span={6} title={words.runs}>
          <ModelRuns trainings={trainings} validations={validations} />
        </Panel>
        <Panel span={12} title={words.call}>
          <CallPanel path={model.deployment?.path ?? ""} />
        </Panel>
      </Board>
    </>
  );
}

function LookButton({ model: { id } }: { readonly model: Model }) {
  const look = useModelAct(ModelService.method.refreshModel, words.lookFailed);
  const whyNot = useWhyNot(ModelService.method.refreshModel);
  return (
    <Button icon="retry" busy={look.isPending} unavailable={whyNot} onClick={() => look.mutate({ id })}>
      {words.lookAgain}
    </Button>
  );
}

function ModelFacts({ model }: { readonly model: Model }) {
  const [state, text] = modelState(model);
  const checked = toMs(model.checkTime);
  return (
    <Facts>
      <StateLabel state={state}>{text}</StateLabel>
      <Link className="link" href={links.project(model.projectId)}>
        {model.projectName}
      </Link>
      {checked !== undefined && (
        <>
          {words.checked} <RelativeTime at={checked} suffix={words.ago} />
        </>
      )}
    </Facts>
  );
}

function CallPanel({ path }: { readonly path: string }) {
  return (
    <div className="model-call">
      <p className="dim">{words.callText}</p>
      <CodeBlock label={words.callLabel} code={predictWithCurl(path)} />
      <CodeBlock label={words.asPython} code={predictWithPython(path)} />
    </div>
  );
}
