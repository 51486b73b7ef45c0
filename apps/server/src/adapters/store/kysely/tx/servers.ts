import type { Tx } from "#core/ports/tx.ts";
import type { ServerBeat } from "#core/servers/server.ts";
import type { TaskId } from "#core/tasks/task.ts";
import { serverOf, serverRow } from "../body-rows.ts";
import type { UnitAccess } from "../unit-access.ts";

type PortServers = Tx["servers"];
type PortLogPlaces = Tx["logPlaces"];

export class TxServers implements PortServers {
  readonly #unit: UnitAccess;

  constructor(unit: UnitAccess) {
    this.#unit = unit;
  }

  put(servers: readonly ServerBeat[]): Promise<void> {
    return this.#unit.put("servers", servers.map(serverRow));
  }

  async all(): Promise<readonly ServerBeat[]> {
    const rows = await this.#unit.db.selectFrom("servers").selectAll().orderBy("id").execute();
    return rows.map(serverOf);
  }

  delete(ids: readonly string[]): Promise<void> {
    return this.#unit.delete(
      "servers",
      ids.map((id) => [id]),
    );
  }
}

export class TxLogPlaces implements PortLogPlaces {
  readonly #unit: UnitAccess;

  constructor(unit: UnitAccess) {
    this.#unit = unit;
  }

  put(places: Parameters<PortLogPlaces["put"]>[0]): Promise<void> {
    return this.#unit.put(
      "log_places",
      places.map(({ taskId, serverId }) => ({ task_id: taskId, server_id: serverId })),
    );
  }

  async of(taskId: TaskId): Promise<readonly string[]> {
    const rows = await this.#unit.db
      .selectFrom("log_places")
      .select("server_id")
      .where("task_id", "=", taskId)
      .orderBy("server_id")
      .execute();
    return rows.map(({ server_id }) => server_id);
  }
}
