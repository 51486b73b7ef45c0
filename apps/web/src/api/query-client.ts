import { Code, ConnectError } from "@connectrpc/connect";
import { QueryClient } from "@tanstack/react-query";

const retried: readonly Code[] = [Code.Unavailable, Code.DeadlineExceeded, Code.Unknown];

/**
 * The cache of everything the server told. The watch keeps it fresh; what has gone unwatched for a while is read
 * again when a page shows it.
 */
export function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 15_000,
        gcTime: 300_000,
        // the server may be this very machine: no need of a network
        networkMode: "always",
        retry: (failures, error) => failures < 2 && retried.includes(ConnectError.from(error).code),
        retryDelay: (failures) => 300 * 2 ** failures,
      },
      mutations: { networkMode: "always", retry: false },
    },
  });
}
