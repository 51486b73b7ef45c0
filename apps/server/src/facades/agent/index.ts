import { Agent } from "@tributary/proto/agent/AgentService_pb";
import type { Ports } from "#core/ports/index.ts";
import { type FailedJobs, jobHandlers } from "#facades/agent/jobs.ts";
import { fileRoutes } from "#facades/agent/routes.ts";
import { type Facade, serve } from "#rpc/facade.ts";

/** The job Agent: stage files, run a job, poll. */
export function agentFacade(ports: Ports, failedJobs: FailedJobs): Facade {
  return { services: [serve(Agent, jobHandlers(ports, failedJobs))], routes: fileRoutes(ports) };
}
