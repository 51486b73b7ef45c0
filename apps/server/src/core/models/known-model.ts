import { RefusedError } from "#core/errors.ts";
import type { Model } from "#core/models/model.ts";
import type { Tx } from "#core/ports/tx.ts";

/** @throws RefusedError `not-found` */
export async function knownModel(tx: Tx, id: string): Promise<Model> {
  const model = (await tx.models.getMany([id])).get(id);
  if (!model) throw new RefusedError("not-found", `there is no model ${id.slice(0, 200)}; write project/model`);
  return model;
}
