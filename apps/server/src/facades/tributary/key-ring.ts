import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import type { ServiceImpl } from "@connectrpc/connect";
import type { KeyRingSchema, SecretService } from "@tributary/proto/tributary/v1/secrets_pb";
import type { Ports } from "#core/ports/index.ts";
import { dropMasterKey, getKeyRing, type KeyRing, rotateMasterKey } from "#core/secrets/key-ring.ts";
import { principalOf } from "#rpc/auth.ts";

type KeyRingHandlers = Pick<ServiceImpl<typeof SecretService>, "getKeyRing" | "rotateMasterKey" | "dropMasterKey">;

function fromKeyRing(ring: KeyRing): MessageInitShape<typeof KeyRingSchema> {
  return {
    keys: ring.keys.map(({ id, current, former, atHand, values }) => ({
      id,
      current,
      former,
      atHand,
      valueCount: values,
    })),
    currentSince: timestampFromMs(ring.current.since),
    changedBy: ring.current.by,
    leftCount: ring.left,
    place: ring.place,
    keptByServer: ring.keepsKeys,
  };
}

export function keyRingHandlers(ports: Ports): KeyRingHandlers {
  return {
    async getKeyRing() {
      return { keyRing: fromKeyRing(await getKeyRing(ports)) };
    },
    async rotateMasterKey({ keyId }, context) {
      const by = principalOf(context).name;
      return { keyRing: fromKeyRing(await rotateMasterKey(ports, { by, ...(keyId === "" ? {} : { keyId }) })) };
    },
    async dropMasterKey({ keyId }, context) {
      return { keyRing: fromKeyRing(await dropMasterKey(ports, { keyId, by: principalOf(context).name })) };
    },
  };
}
