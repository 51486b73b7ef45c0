import type { Interceptor } from "@connectrpc/connect";
import { Code, ConnectError } from "@connectrpc/connect";
import { ViolationsSchema } from "@tributary/proto/buf/validate/validate_pb";
import { RequestInfoSchema } from "@tributary/proto/google/rpc/error_details_pb";
import { type Refusal, RefusedError } from "#core/errors.ts";
import { requestIdKey } from "#rpc/calls/call.ts";

/** One code for each refusal. */
export const refusalCodes: Readonly<Record<Refusal, Code>> = {
  invalid: Code.InvalidArgument,
  "not-found": Code.NotFound,
  "already-exists": Code.AlreadyExists,
  conflict: Code.FailedPrecondition,
  denied: Code.PermissionDenied,
  exhausted: Code.ResourceExhausted,
  unavailable: Code.Unavailable,
};

/** Where faults are told; each once. */
export interface FaultLog {
  error(details: Record<string, unknown>, message: string): void;
}

/**
 * What a caller is told: refusals as they are, faults as `internal` with nothing but the id under which the log tells
 * more.
 */
export function toConnectError(error: unknown, fault: (error: unknown) => void, requestId?: string): ConnectError {
  if (error instanceof ConnectError) return inUnicode(error);
  if (error instanceof RefusedError) {
    const told = new ConnectError(error.message.toWellFormed(), refusalCodes[error.refusal]);
    if (error.field !== undefined) told.details.push({ desc: ViolationsSchema, value: violation(error.field, error) });
    return told;
  }
  // What a call throws because its signal was aborted is not a fault: the caller went, or its time is over.
  if (error instanceof Error && error.name === "AbortError") return ConnectError.from(error, Code.Canceled);
  fault(error);
  if (requestId === undefined) return new ConnectError("internal error", Code.Internal);
  const text = `internal error; whoever runs this server finds more in its log under the request id ${requestId}`;
  return new ConnectError(text, Code.Internal, undefined, [{ desc: RequestInfoSchema, value: { requestId } }]);
}

/** Without halves of characters, which a caller's JSON can bring in and no header can take out. */
function inUnicode(error: ConnectError): ConnectError {
  const { rawMessage, code, metadata, details } = error;
  if (rawMessage.isWellFormed()) return error;
  const whole = new ConnectError(rawMessage.toWellFormed(), code, metadata);
  whole.details = details;
  return whole;
}

function violation(field: string, { message }: RefusedError) {
  const elements = field.split(".").map((fieldName) => ({ fieldName }));
  const text = (message.startsWith(`${field}: `) ? message.slice(field.length + 2) : message).toWellFormed();
  return { violations: [{ field: { elements }, message: text, ruleId: "refused" }] };
}

/** Turns what handlers throw into what callers are told, and tells faults to the log. */
export function errorInterceptor(log: FaultLog): Interceptor {
  return (next) => async (request) => {
    const requestId = request.contextValues.get(requestIdKey);
    const fault = (error: unknown) => {
      const rpc = `${request.service.typeName}/${request.method.name}`;
      log.error({ err: error, rpc, requestId }, "a call failed by a fault");
    };
    const told = (error: unknown) => toConnectError(error, fault, requestId);
    try {
      const response = await next(request.stream ? { ...request, message: sent(request.message) } : request);
      return response.stream ? { ...response, message: guarded(response.message, request.signal, told) } : response;
    } catch (error) {
      throw told(error);
    }
  };
}

/** What a caller sends: that it stops half-way, because its stream is taken back or it has gone, is no fault of ours. */
async function* sent<T>(messages: AsyncIterable<T>): AsyncIterable<T> {
  try {
    yield* messages;
  } catch (error) {
    if (error instanceof ConnectError) throw error;
    throw new ConnectError("the request ended before it was whole", Code.Canceled, undefined, undefined, error);
  }
}

/** A stream that is cut off, by a deadline or because the server ends, must not look like one that came to its end. */
async function* guarded<T>(
  messages: AsyncIterable<T>,
  signal: AbortSignal,
  told: (error: unknown) => ConnectError,
): AsyncIterable<T> {
  try {
    yield* messages;
    signal.throwIfAborted();
  } catch (error) {
    throw told(error);
  }
}
