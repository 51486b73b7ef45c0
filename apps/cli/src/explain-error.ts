import { Code, ConnectError } from "@connectrpc/connect";
import { exitCodes } from "#cli/exit-codes.ts";
import { Failure } from "#cli/failure.ts";

/** Whatever went wrong, as people can act on it. */
export function explainError(error: unknown, server: string): Failure {
  if (error instanceof Failure) return error;
  if (!(error instanceof ConnectError)) return new Failure(error instanceof Error ? error.message : String(error));
  const { code, rawMessage } = error;
  switch (code) {
    case Code.Unauthenticated:
      return new Failure(
        `${server} asks who you are: ${rawMessage}\nRun: tributary login --server ${server}`,
        exitCodes.denied,
      );
    case Code.PermissionDenied:
      return new Failure(rawMessage, exitCodes.denied);
    case Code.Unavailable:
      return new Failure(
        `no answer from ${server}: ${rawMessage}\nIs the server running? Name another by --server or TRIBUTARY_SERVER`,
        exitCodes.unreachable,
      );
    case Code.Unimplemented:
      return new Failure(`${server} does not know this command: ${rawMessage}\nIt may be older than this program`);
    default:
      return new Failure(rawMessage);
  }
}
