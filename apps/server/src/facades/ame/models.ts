import type { ServiceImpl } from "@connectrpc/connect";
import type { AmeService } from "@tributary/proto/ame/v1/ame_pb";
import { RefusedError } from "#core/errors.ts";
import { trainModel } from "#core/models/train-model.ts";
import type { Ports } from "#core/ports/index.ts";
import { principalOf } from "#rpc/auth.ts";

export function modelHandlers(ports: Ports): Pick<ServiceImpl<typeof AmeService>, "trainModel"> {
  return {
    // What is called an id is the project's name.
    async trainModel({ projectid, modelName }, context) {
      if (!projectid) throw new RefusedError("invalid", "projectid: is missing; send the project's name", "projectid");
      if (!modelName) throw new RefusedError("invalid", "model_name: is missing; say which model", "model_name");
      await trainModel(ports, { projectName: projectid, name: modelName, by: principalOf(context).name });
      return {};
    },
  };
}
