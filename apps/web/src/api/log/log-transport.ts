import type { Transport } from "@connectrpc/connect";
import { createContext, useContext } from "react";

/** The way output comes: in binary, since JSON would carry every byte of it as text of its own. */
export const LogTransportContext = createContext<Transport | undefined>(undefined);

export function useLogTransport(): Transport {
  const transport = useContext(LogTransportContext);
  if (transport === undefined) throw new Error("No way for output: put this below a LogTransportContext.");
  return transport;
}
