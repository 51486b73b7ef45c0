import {
  type Deployment,
  DeploymentState,
  type Model,
  ModelService,
  type Replica,
} from "@tributary/proto/tributary/v1/models_pb";
import { useState } from "react";

import { toMs } from "#api/time.ts";
import { links } from "#pages/links.ts";
import { replicaState } from "#pages/models/model-words.ts";
import { useModelAct } from "#pages/models/use-model-act.ts";
import { useWhyNot } from "#pages/parts/role-words.ts";
import { ScrollRegion } from "#pages/parts/scroll-region.tsx";
import { modelsStrings } from "#pages/strings/models-strings.ts";
import { Button } from "#ui/button.tsx";
import { ConfirmDialog } from "#ui/confirm-dialog.tsx";
import { Link } from "#ui/link.tsx";
import { MiniTable } from "#ui/mini-table.tsx";
import { RelativeTime } from "#ui/relative-time.tsx";
import { StateLabel } from "#ui/state-glyph.tsx";

const words = modelsStrings;

/** What serves a model, each process with its log, and what can be changed. */
export function DeploymentPanel({ model, replicas }: { readonly model: Model; readonly replicas: readonly Replica[] }) {
  const { deployment } = model;
  if (!deployment) return null;
  const limits = Object.entries(deployment.resources);
  return (
    <div className="model-deployment">
      <p className="row model-deployment-head">
        <span className="grow">
          {deploymentWord(deployment)}
          {deployment.decidedBy !== "" && <span className="dim"> · {words.decidedBy(deployment.decidedBy)}</span>}
        </span>
        <DeploymentActs model={model} deployment={deployment} />
      </p>
      {deployment.problem !== "" && <p className="dim">{deployment.problem}</p>}
      {replicas.length === 0 ? <p className="dim">{words.noReplicas}</p> : <Replicas replicas={replicas} />}
      {limits.length > 0 && (
        <p className="small">
          <span className="dim">{words.limits}</span>{" "}
          <span className="mono">{limits.map(([name, value]) => `${name} ${value}`).join(", ")}</span>
        </p>
      )}
      {deployment.unapplied.length > 0 && (
        <div className="small">
          <h3>{words.unapplied}</h3>
          {deployment.unapplied.map(({ setting, why }) => (
            <p key={setting}>
              <code>{setting}</code> <span className="dim">{why}</span>
            </p>
          ))}
        </div>
      )}
    </div>
  );
}

function deploymentWord({ state, version, versionIsChosen }: Deployment): string {
  const of = words.deploymentStates;
  if (state === DeploymentState.STOPPED) return of.stopped;
  const text = state === DeploymentState.PAUSED ? of.paused : versionIsChosen ? of.chosen : of.following;
  return version > 0 ? `${text} (${words.version(version)})` : text;
}

function DeploymentActs({
  model: { id, name },
  deployment,
}: {
  readonly model: Model;
  readonly deployment: Deployment;
}) {
  const [stopping, setStopping] = useState(false);
  const deploy = useModelAct(ModelService.method.deployModel, words.changeFailed);
  const pause = useModelAct(ModelService.method.pauseDeployment, words.changeFailed);
  const stop = useModelAct(ModelService.method.stopDeployment, words.changeFailed);
  const whyNot = useWhyNot(ModelService.method.deployModel);
  const isStopped = deployment.state === DeploymentState.STOPPED;
  const isFollowing = deployment.state === DeploymentState.FOLLOWING && !deployment.versionIsChosen;
  return (
    <span className="row">
      {!isFollowing && (
        <Button size="small" unavailable={whyNot} busy={deploy.isPending} onClick={() => deploy.mutate({ id })}>
          {isStopped ? words.deploy : words.followNewest}
        </Button>
      )}
      {deployment.state === DeploymentState.FOLLOWING && (
        <Button
          size="small"
          icon="pause"
          unavailable={whyNot}
          busy={pause.isPending}
          onClick={() => pause.mutate({ id })}
        >
          {words.pause}
        </Button>
      )}
      {!isStopped && (
        <Button size="small" icon="stop" unavailable={whyNot} onClick={() => setStopping(true)}>
          {words.stop}
        </Button>
      )}
      <ConfirmDialog
        open={stopping}
        danger
        title={words.stopTitle(name)}
        confirm={words.stop}
        busy={stop.isPending}
        onClose={() => setStopping(false)}
        onConfirm={() => stop.mutate({ id }, { onSettled: () => setStopping(false) })}
      >
        {words.stopText}
      </ConfirmDialog>
    </span>
  );
}

function Replicas({ replicas }: { readonly replicas: readonly Replica[] }) {
  const columns = words.replicaColumns;
  return (
    <ScrollRegion label={words.deployment}>
      <MiniTable
        label={words.deployment}
        rows={replicas}
        rowKey={({ task }) => String(task?.id)}
        columns={[
          { id: "state", head: columns.state, cell: ({ state }) => <ReplicaLabel state={state} /> },
          { id: "version", head: columns.version, cell: ({ version }) => words.version(version) },
          {
            id: "task",
            head: columns.task,
            cell: ({ task }) =>
              task && (
                <Link className="mono" href={links.task(task.id)}>
                  #{task.id}
                </Link>
              ),
          },
          { id: "starts", head: columns.starts, numeric: true, cell: ({ starts }) => starts },
          { id: "since", head: columns.since, cell: ({ readyTime }) => <Since at={toMs(readyTime)} /> },
          { id: "why", head: columns.why, cell: ({ problem }) => <span className="dim small">{problem}</span> },
        ]}
      />
    </ScrollRegion>
  );
}

function ReplicaLabel({ state }: Pick<Replica, "state">) {
  const [glyph, text] = replicaState(state);
  return <StateLabel state={glyph}>{text}</StateLabel>;
}

function Since({ at }: { readonly at: number | undefined }) {
  return at === undefined ? null : <RelativeTime at={at} suffix={words.ago} />;
}
