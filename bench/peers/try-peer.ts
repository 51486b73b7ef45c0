import type { Beside } from "../harness/result.ts";

/** What a peer measures; none, with a line that says why, where it cannot be had. */
export async function tryPeer(say: (text: string) => void, measure: () => Promise<Beside>): Promise<Beside[]> {
  try {
    return [await measure()];
  } catch (error) {
    say(`left out: ${error instanceof Error ? error.message : String(error)}`);
    return [];
  }
}
