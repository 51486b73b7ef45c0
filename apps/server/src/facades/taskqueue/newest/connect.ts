import { Code, ConnectError, type ServiceImpl } from "@connectrpc/connect";
import type { Ports } from "#core/ports/index.ts";
import type { NewestTaskQueue } from "#facades/taskqueue/newest/newest-task-queue.ts";

type ConnectHandlers = Pick<
  ServiceImpl<typeof NewestTaskQueue>,
  "serverVersion" | "login" | "getRcloneConfig" | "getDockerCredentials"
>;

/** What clients ask for before anything else. */
export function connectHandlers({ tokens }: Pick<Ports, "tokens">, version: string): ConnectHandlers {
  return {
    serverVersion() {
      return { version };
    },
    /** There are no passwords here: an API token stands for one, and is what is answered. */
    async login({ password }) {
      const token = password.trim();
      const check = await tokens.check(token, "api");
      if ("refused" in check) {
        throw new ConnectError(
          `password: ${check.refused}. Give an API token for clients of scitq's newest version as the password`,
          Code.Unauthenticated,
        );
      }
      if (check.principal.clientDialect !== "scitq") {
        throw new ConnectError(
          `password: the token ${check.principal.name} is not for clients of scitq's newest version; ask an admin for one that is (client_dialect: scitq)`,
          Code.Unauthenticated,
        );
      }
      return { token };
    },
    /** Nothing is fetched from elsewhere: tasks with inputs are refused. Workers end without an answer. */
    getRcloneConfig() {
      return { remotes: {} };
    },
    /** Workers write no file of credentials for an empty answer, and pull what anybody may. */
    getDockerCredentials() {
      return { credentials: [] };
    },
  };
}
