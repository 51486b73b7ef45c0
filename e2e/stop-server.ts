import type { ServerProcess } from "../apps/server/test/server-process.ts";
import { call, listTasks, until } from "./rpc.ts";

const open = ["WAITING", "QUEUED", "ACTIVE", "CANCELLING"];

/** Ends a server, its tasks first: they outlive their server, and would be left on the machine. */
export async function stopServer(server: ServerProcess): Promise<void> {
  try {
    await until("every task has ended", async () => {
      const tasks = await listTasks(server, open);
      const going = tasks.filter(({ state }) => state !== "TASK_STATE_CANCELLING");
      await Promise.all(going.map(({ id }) => call(server, "tributary.v1.TaskService/CancelTask", { id })));
      return tasks.length === 0;
    });
  } catch (error) {
    // one that was killed answers nothing
    if (!(error instanceof TypeError)) throw error;
  } finally {
    await server.destroy();
  }
}
