import { newId } from "#core/ids.ts";
import type { Ports } from "#core/ports/index.ts";
import type { Tx } from "#core/ports/tx.ts";

const setting = "installation";

/** Unit of work: the name that was kept first. */
async function keepInstallation(tx: Tx, made: string): Promise<string> {
  const known = await tx.settings.get(setting);
  if (known !== undefined) return known;
  await tx.settings.put(setting, made);
  return made;
}

/** Tells what is this store's from what is another's, where several use one cluster; the same for ever. */
export function installationOf({ store, random }: Pick<Ports, "store" | "random">): Promise<string> {
  return store.transact(keepInstallation, newId(random, "", 6));
}
