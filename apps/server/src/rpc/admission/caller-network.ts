import { isIPv6 } from "node:net";

/**
 * What stands for everybody who can send from an address: the address itself or, as whoever has one IPv6 address has
 * millions, the first half of it.
 */
export function callerNetwork(address: string): string {
  // Asked for each call: most addresses tell without being taken apart.
  if (!address.includes(":") || !isIPv6(address)) return address;
  const [head = "", tail] = address.replace(/%.*/, "").split("::");
  const first = head === "" ? [] : head.split(":");
  const last = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = tail === undefined ? 0 : 8 - first.length - last.length;
  const groups = [...first, ...Array<string>(Math.max(0, zeros)).fill("0"), ...last];
  return `${groups.slice(0, 4).join(":")}::/64`;
}
