import { randomUUID } from "node:crypto";

export const requestIdHeader = "x-request-id";

/** What other systems use as ids fits, and nothing that could forge a line of a log or a header. */
const acceptable = /^[\w.:+/=@-]{1,64}$/;

/** The id that the caller gave its request, or a new one when it gave none that can be told further. */
export function requestIdOf(given: string | readonly string[] | undefined): string {
  return typeof given === "string" && acceptable.test(given) ? given : randomUUID();
}
