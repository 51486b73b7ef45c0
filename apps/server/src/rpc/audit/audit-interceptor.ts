import type { Message } from "@bufbuild/protobuf";
import { ConnectError, type Interceptor, type StreamRequest, type UnaryRequest } from "@connectrpc/connect";
import { codeToString } from "@connectrpc/connect/protocol-connect";
import type { AuditTarget, NewAuditEvent } from "#core/audit/audit-event.ts";
import { type AccessTable, rpcPath } from "#rpc/access.ts";
import { doorKey, principalKey } from "#rpc/auth.ts";
import { requestIdKey } from "#rpc/calls/call.ts";
import { madeBy, targetsOf } from "./targets-of.ts";

/** Where events are written; resolves when one is durable. */
export interface Trail {
  note(event: NewAuditEvent): Promise<void>;
  /** Does not wait. */
  noteSoon(event: NewAuditEvent): void;
}

/**
 * Notes every call that changes something, or was to, with how it ended. Add it around whatever may refuse.
 *
 * What editors and admins do is answered when its event is durable. What runners do is answered without waiting: it
 * comes by the thousand, its tasks say themselves who made them, and their events follow within milliseconds.
 */
export function auditInterceptor(access: AccessTable, trail: Trail): Interceptor {
  return (next) => async (request) => {
    const guarded = access.get(rpcPath(request.service, request.method));
    if (!guarded?.audited) return next(request);
    const noted = new NotedCall(request);
    const tell = (outcome: string) => {
      const event = noted.event(outcome);
      if (guarded.needs !== "runner") return trail.note(event);
      trail.noteSoon(event);
      return undefined;
    };
    try {
      const answer = await next(request.stream ? { ...request, message: noted.watched(request.message) } : request);
      if (answer.stream) return { ...answer, message: ended(answer.message, tell) };
      noted.answered(answer.message);
      const told = tell("ok");
      if (told) await told;
      return answer;
    } catch (error) {
      await tell(codeOf(error));
      throw error;
    }
  };
}

/** One call, as far as the trail has it. */
class NotedCall {
  readonly #request: UnaryRequest | StreamRequest;
  #targets: readonly AuditTarget[] = [];

  constructor(request: UnaryRequest | StreamRequest) {
    this.#request = request;
    if (!request.stream) this.#targets = targetsOf(request.method.input, request.message);
  }

  /** The first messages of a stream say what it is about. */
  async *watched<T extends Message>(messages: AsyncIterable<T>): AsyncIterable<T> {
    for await (const message of messages) {
      if (this.#targets.length === 0) this.#targets = targetsOf(this.#request.method.input, message);
      yield message;
    }
  }

  answered(message: Message): void {
    const made = madeBy(this.#request.method.output, message, this.#targets);
    this.#targets = this.#targets.length === 0 ? made : [...this.#targets, ...made];
  }

  event(outcome: string): NewAuditEvent {
    const { service, method, contextValues } = this.#request;
    const principal = contextValues.get(principalKey);
    return {
      principal: principal?.name ?? "",
      ...(principal?.tokenId === undefined ? {} : { tokenId: principal.tokenId }),
      address: contextValues.get(doorKey).address,
      rpc: rpcPath(service, method).slice(1),
      targets: this.#targets,
      outcome,
      requestId: contextValues.get(requestIdKey) ?? "",
    };
  }
}

async function* ended<T>(
  messages: AsyncIterable<T>,
  tell: (outcome: string) => Promise<void> | undefined,
): AsyncIterable<T> {
  let outcome = "canceled";
  try {
    yield* messages;
    outcome = "ok";
  } catch (error) {
    outcome = codeOf(error);
    throw error;
  } finally {
    await tell(outcome);
  }
}

function codeOf(error: unknown): string {
  return codeToString(ConnectError.from(error).code);
}
