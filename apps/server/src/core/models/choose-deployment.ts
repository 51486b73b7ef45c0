import { RefusedError } from "#core/errors.ts";
import { deploymentOf } from "#core/models/deployment.ts";
import { knownModel } from "#core/models/known-model.ts";
import type { DeploymentChoice, Model } from "#core/models/model.ts";
import type { Ports } from "#core/ports/index.ts";
import type { Tx } from "#core/ports/tx.ts";

interface ChooseDeployment {
  readonly id: string;
  /** `following` without a version: the newest that is validated. */
  readonly state: DeploymentChoice["state"];
  readonly version?: number;
  readonly by: string;
}

/** Unit of work: keeps what a person decided. */
async function choose(tx: Tx, ask: ChooseDeployment & { readonly now: number }): Promise<Model> {
  const { id, state, by, now } = ask;
  const model = await knownModel(tx, id);
  const versions = await tx.modelVersions.of(id);
  if (ask.version !== undefined && !versions.some(({ version }) => version === ask.version)) {
    const known = versions.map(({ version }) => version).join(", ") || "none";
    throw new RefusedError(
      "not-found",
      `model ${id} has no version ${ask.version}; its versions are: ${known}`,
      "version",
    );
  }
  const version = state === "paused" ? deploymentOf(model, versions).version : ask.version;
  if (state === "paused" && deploymentOf(model, versions).state === "stopped") {
    throw new RefusedError("conflict", `model ${id} is not served, so there is nothing to pause; deploy it first`);
  }
  const choice: DeploymentChoice = { state, by, at: now, ...(version === undefined ? {} : { version }) };
  const chosen: Model = { ...model, choice };
  await tx.models.put([chosen]);
  await tx.journal.append([{ kind: "model-changed", modelId: id, at: now }]);
  return chosen;
}

/**
 * Serves a model, leaves what is served as it is, or serves it no more. A version that was not validated may be chosen by
 * hand.
 *
 * @throws RefusedError `not-found` for an unknown model or version; `conflict` when there is nothing to pause
 */
export function chooseDeployment(
  { store, clock }: Pick<Ports, "store" | "clock">,
  ask: ChooseDeployment,
): Promise<Model> {
  return store.transact(choose, { ...ask, now: clock.now() });
}
