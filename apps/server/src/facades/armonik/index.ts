import { Agent } from "@tributary/proto/armonik/agent_service_pb";
import { Applications } from "@tributary/proto/armonik/applications_service_pb";
import { Authentication } from "@tributary/proto/armonik/auth_service_pb";
import { Events } from "@tributary/proto/armonik/events_service_pb";
import { HealthChecksService } from "@tributary/proto/armonik/health_checks_service_pb";
import { Partitions } from "@tributary/proto/armonik/partitions_service_pb";
import { Results } from "@tributary/proto/armonik/results_service_pb";
import { Sessions } from "@tributary/proto/armonik/sessions_service_pb";
import { Submitter } from "@tributary/proto/armonik/submitter_service_pb";
import { Tasks } from "@tributary/proto/armonik/tasks_service_pb";
import { Versions } from "@tributary/proto/armonik/versions_service_pb";
import { type Facade, nothingServed } from "#rpc/facade.ts";

const reason = "ArmoniK is not built yet";

/** ArmoniK: fine-grained task graphs over data. Its `Worker` service is not mounted: there we are the client. */
export function armonikFacade(): Facade {
  return {
    services: [
      nothingServed(Agent, reason),
      nothingServed(Applications, reason),
      nothingServed(Authentication, reason),
      nothingServed(Events, reason),
      nothingServed(HealthChecksService, reason),
      nothingServed(Partitions, reason),
      nothingServed(Results, reason),
      nothingServed(Sessions, reason),
      nothingServed(Submitter, reason),
      nothingServed(Tasks, reason),
      nothingServed(Versions, reason),
    ],
    routes: [],
  };
}
