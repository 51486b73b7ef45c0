import { Code, ConnectError, type Transport } from "@connectrpc/connect";
import { SessionService } from "@tributary/proto/tributary/v1/sessions_pb";

/**
 * The same way to the server, which tells when it no longer knows who calls: the session has ended, or there was none.
 *
 * @param onStranger - told each time a call is refused for that; not for a login itself
 */
export function guardTransport(transport: Transport, onStranger: () => void): Transport {
  const look = (error: unknown, method: unknown) => {
    const isLogin = method === SessionService.method.login;
    if (!isLogin && ConnectError.from(error).code === Code.Unauthenticated) onStranger();
  };
  return {
    async unary(method, ...rest) {
      try {
        return await transport.unary(method, ...rest);
      } catch (error) {
        look(error, method);
        throw error;
      }
    },
    async stream(method, ...rest) {
      const told = (error: unknown) => look(error, method);
      try {
        const answer = await transport.stream(method, ...rest);
        return { ...answer, message: watched(answer.message, told) };
      } catch (error) {
        told(error);
        throw error;
      }
    },
  };
}

async function* watched<T>(messages: AsyncIterable<T>, told: (error: unknown) => void): AsyncIterable<T> {
  try {
    yield* messages;
  } catch (error) {
    told(error);
    throw error;
  }
}
