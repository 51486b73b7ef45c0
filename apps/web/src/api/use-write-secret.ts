import { createClient } from "@connectrpc/connect";
import { createConnectQueryKey, useTransport } from "@connectrpc/connect-query";
import { useQueryClient } from "@tanstack/react-query";
import { SecretService } from "@tributary/proto/tributary/v1/secrets_pb";
import { useState } from "react";

export interface WriteSecret {
  readonly busy: boolean;
  readonly error: unknown;
  /** True when it is kept. `replace` stores a new version of what exists already. */
  readonly write: (secret: {
    readonly key: string;
    readonly value: string;
    readonly replace: boolean;
  }) => Promise<boolean>;
}

/**
 * Sends a secret's value, and holds it no longer than the call takes. It is no mutation of the query client, for that
 * keeps what it was given.
 */
export function useWriteSecret(): WriteSecret {
  const transport = useTransport();
  const client = useQueryClient();
  const [state, setState] = useState<{ readonly busy: boolean; readonly error: unknown }>({
    busy: false,
    error: undefined,
  });
  const write: WriteSecret["write"] = async ({ key, value, replace }) => {
    setState({ busy: true, error: undefined });
    const secrets = createClient(SecretService, transport);
    try {
      await (replace ? secrets.replaceSecret({ key, value }) : secrets.createSecret({ key, value }));
      await client.invalidateQueries({
        queryKey: createConnectQueryKey({ schema: SecretService.method.listSecrets, cardinality: "finite" }),
      });
      setState({ busy: false, error: undefined });
      return true;
    } catch (error) {
      setState({ busy: false, error });
      return false;
    }
  };
  return { ...state, write };
}
