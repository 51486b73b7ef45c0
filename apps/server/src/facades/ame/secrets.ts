import type { ServiceImpl } from "@connectrpc/connect";
import type { AmeService } from "@tributary/proto/ame/v1/ame_pb";
import type { Ports } from "#core/ports/index.ts";
import { createSecret, deleteSecret } from "#core/secrets/secrets.ts";
import { principalOf } from "#rpc/auth.ts";

type SecretHandlers = Pick<ServiceImpl<typeof AmeService>, "createSecret" | "deleteSecret" | "listSecrets">;

export function secretHandlers(ports: Ports): SecretHandlers {
  return {
    async createSecret({ key, value }, context) {
      await createSecret(ports, { key, value, by: principalOf(context).name });
      return {};
    },
    async deleteSecret({ key }, context) {
      await deleteSecret(ports, { key, by: principalOf(context).name });
      return {};
    },
    async listSecrets() {
      const { secrets } = await ports.store.view.listSecrets();
      return { secrets: secrets.map(({ key }) => ({ key })) };
    },
  };
}
