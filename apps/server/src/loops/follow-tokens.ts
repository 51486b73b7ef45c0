import type { Ports } from "#core/ports/index.ts";
import { type Loop, type LoopOptions, startLoop } from "#loops/loop.ts";

const every = 60_000;

/** Takes over what other servers do to tokens, as the journal tells of it. */
export function startFollowTokens({ store, tokens }: Pick<Ports, "store" | "tokens">, log: LoopOptions["log"]): Loop {
  return startLoop({
    name: "follow-tokens",
    log,
    async step() {
      await tokens.load();
      return every;
    },
    async wake(poke, signal) {
      for await (const _ of store.follow(store.position(), signal, ({ kind }) => kind === "token-changed")) poke();
    },
  });
}
