import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import type { ServiceImpl } from "@connectrpc/connect";
import type { SystemService } from "@tributary/proto/tributary/v1/system_pb";
import { principalOf } from "#rpc/auth.ts";

/** What the server tells about itself. */
export interface SystemFacts {
  readonly version: string;
  readonly store: string;
  readonly auth: string;
  readonly dataFolder: string;
  readonly startedAt: number;
}

export function systemHandlers(facts: SystemFacts): ServiceImpl<typeof SystemService> {
  const { version, store, auth, dataFolder, startedAt } = facts;
  return {
    getSystem(_request, context) {
      const principal = principalOf(context).name;
      return { version, store, auth, dataFolder, principal, startTime: timestampFromMs(startedAt) };
    },
  };
}
