import { Code, ConnectError } from "@connectrpc/connect";

/** The server does not take the worker, and would not if it were asked again; the message says what to do. */
export class RefusedByServerError extends Error {}

/** Why there is no connection. */
interface Explained {
  readonly why: string;
  /** Trying again would not help. */
  readonly isFinal: boolean;
}

const CERTIFICATE = /^(DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_|CERT_|ERR_TLS_CERT_)/;
const OWN_CERTIFICATE = new Set(["DEPTH_ZERO_SELF_SIGNED_CERT", "SELF_SIGNED_CERT_IN_CHAIN"]);

/** What people can act on, for whatever kept a worker from being registered with the server at this address. */
export function explainFailure(error: unknown, server: string): Explained {
  const refused = ConnectError.from(error);
  const { rawMessage, code } = refused;
  switch (code) {
    case Code.Unauthenticated:
      return { why: `${server} does not know this worker's token: ${rawMessage}`, isFinal: true };
    case Code.Unimplemented:
      return {
        why: `${server} knows no workers of this kind: is it Tributary, and not older? ${rawMessage}`,
        isFinal: true,
      };
    case Code.PermissionDenied:
    case Code.FailedPrecondition:
    case Code.InvalidArgument:
      return { why: `${server} refuses this worker: ${rawMessage}`, isFinal: true };
    case Code.AlreadyExists:
      // The one before it may just have been lost.
      return { why: `${server} refuses this worker: ${rawMessage}`, isFinal: false };
    default:
      return explainConnection(refused, server);
  }
}

function explainConnection({ rawMessage, cause }: ConnectError, server: string): Explained {
  const code = codeOf(cause);
  if (CERTIFICATE.test(code)) return { why: explainCertificate(code, rawMessage, server), isFinal: true };
  if (code === "EPROTO" || code.startsWith("ERR_SSL_")) {
    return {
      why: `${server} does not speak TLS there: write http:// or name the port that does (${rawMessage})`,
      isFinal: true,
    };
  }
  const why = REASONS[code];
  return { why: why ? `${server}: ${why}` : `${server}: ${rawMessage}`, isFinal: false };
}

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nothing listens there; is the server running, and the port right?",
  ENOENT: "there is no such socket; is the server running?",
  ENOTFOUND: "there is no machine of that name",
  EAI_AGAIN: "the name cannot be looked up at the moment",
  EHOSTUNREACH: "the machine cannot be reached",
  ENETUNREACH: "the network cannot be reached",
  ETIMEDOUT: "nobody answers",
  ERR_HTTP2_ERROR: "whoever answers does not speak HTTP/2; is this the port of a Tributary server?",
};

function explainCertificate(code: string, message: string, server: string): string {
  if (OWN_CERTIFICATE.has(code)) {
    return `${server} has a certificate that it made itself: copy tls/cert.pem of its data folder here and name it by --ca FILE, or do not check who answers by --insecure`;
  }
  return `${server} does not prove who it is (${message}): name its certificates by --ca FILE, or do not check who answers by --insecure`;
}

function codeOf(cause: unknown): string {
  if (!(cause instanceof Error)) return "";
  if ("code" in cause && typeof cause.code === "string") return cause.code;
  // Several addresses of one name were tried.
  return cause instanceof AggregateError ? codeOf(cause.errors[0]) : "";
}
