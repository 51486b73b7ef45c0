import { AdminService } from "@tributary/proto/flyteidl/service/admin_pb";
import { AuthMetadataService } from "@tributary/proto/flyteidl/service/auth_pb";
import { DataProxyService } from "@tributary/proto/flyteidl/service/dataproxy_pb";
import { IdentityService } from "@tributary/proto/flyteidl/service/identity_pb";
import { SignalService } from "@tributary/proto/flyteidl/service/signal_pb";
import { type Facade, nothingServed } from "#rpc/facade.ts";

const reason = "Flyte is not built yet";

/** Flyte: typed workflows. */
export function flyteFacade(): Facade {
  return {
    services: [
      nothingServed(AdminService, reason),
      nothingServed(AuthMetadataService, reason),
      nothingServed(IdentityService, reason),
      nothingServed(DataProxyService, reason),
      nothingServed(SignalService, reason),
    ],
    routes: [],
  };
}
