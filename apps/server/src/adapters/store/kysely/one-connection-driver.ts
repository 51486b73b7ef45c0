import { CompiledQuery, type DatabaseConnection, type Driver } from "kysely";

/**
 * A driver that has one connection, which somebody else opened and will close.
 *
 * @param begin - the statement that begins a transaction
 */
export function oneConnectionDriver(connection: DatabaseConnection, begin: string): Driver {
  const say = (statement: string) => async () => {
    await connection.executeQuery(CompiledQuery.raw(statement));
  };
  return {
    init: async () => {},
    acquireConnection: async () => connection,
    beginTransaction: say(begin),
    commitTransaction: say("commit"),
    rollbackTransaction: say("rollback"),
    releaseConnection: async () => {},
    destroy: async () => {},
  };
}
