import type { Ports } from "#core/ports/index.ts";
import { rewrapValues } from "#core/secrets/key-ring.ts";
import type { SecretVersion } from "#core/secrets/secret.ts";
import { type Loop, type LoopOptions, startLoop } from "#loops/loop.ts";

const idle = 60_000;

/** Goes on with a rotation of the master key, also one that an earlier process began. */
export function startRewrapSecrets(ports: Pick<Ports, "store" | "vault" | "clock">, log: LoopOptions["log"]): Loop {
  const { store } = ports;
  const told = new Set<string>();
  const tell = ({ secretId, version }: SecretVersion) => {
    const name = `${secretId}/${version}`;
    if (!told.has(name)) log.error({ secretId, version }, "the record of a secret was changed: replace or delete it");
    told.add(name);
  };
  return startLoop({
    name: "rewrap-secrets",
    log,
    async step(signal) {
      let after: SecretVersion | undefined;
      do {
        const { next, broken } = await rewrapValues(ports, after);
        for (const version of broken) tell(version);
        after = next;
      } while (after && !signal.aborted);
      return idle;
    },
    async wake(poke, signal) {
      for await (const _ of store.follow(store.position(), signal, ({ kind }) => kind === "key-ring-changed")) poke();
    },
  });
}
