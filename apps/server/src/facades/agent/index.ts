import { Agent } from "@tributary/proto/agent/AgentService_pb";
import { type Facade, notServed, serve } from "#rpc/facade.ts";

/** The job Agent: stage files, run a job, poll. */
export function agentFacade(): Facade {
  return {
    services: [serve(Agent, notServed("the job Agent is not built yet", "stageInFiles", "runJob"))],
    routes: [],
  };
}
