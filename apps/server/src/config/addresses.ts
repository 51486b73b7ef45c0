import { isIP } from "node:net";
import { ConfigError } from "#server/config/config-error.ts";
import type { Values } from "#server/config/read-variables.ts";

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** Where the server listens; what other machines reach is refused where nobody has to say who they are. */
export function addressesOf(values: Values): readonly [Address, ...Address[]] {
  const addresses: [Address, ...Address[]] = [
    { host: values.TRIBUTARY_HOST, port: values.TRIBUTARY_PORT },
    ...values.TRIBUTARY_LISTEN.map(toAddress),
  ];
  if (values.TRIBUTARY_AUTH === "local") refuseOpenDoors(addresses);
  return addresses;
}

function toAddress(text: string): Address {
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (!match || port > 65_535) throw new ConfigError(`TRIBUTARY_LISTEN  "${text}" is not host:port`);
  return { host: match[1] ?? match[2] ?? "", port };
}

/** Without authentication nobody but this machine may reach the server. */
function refuseOpenDoors(addresses: readonly Address[]): void {
  for (const { host } of addresses) {
    if (isLoopback(host)) continue;
    throw new ConfigError(
      `TRIBUTARY_HOST  ${host} can be reached from other machines, and without TRIBUTARY_AUTH nobody would have to say ` +
        "who they are: set TRIBUTARY_AUTH=required, and callers need API tokens, the first of which is printed at the start; " +
        "or listen on 127.0.0.1",
    );
  }
}

/** Whether only programs of this machine reach the address. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || (isIP(host) === 4 && host.startsWith("127."));
}
