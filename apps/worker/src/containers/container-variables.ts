import type { Variables } from "../environment-variables.ts";

const PROXIES = /^(HTTPS?_PROXY|NO_PROXY|ALL_PROXY|https?_proxy|no_proxy|all_proxy|TZ)$/;

/** What a container gets of the worker's environment: the ways out. Paths of this machine mean nothing in it. */
export function containerVariables(own: NodeJS.ProcessEnv): Variables {
  const pairs = Object.entries(own).flatMap(([name, value]) =>
    value !== undefined && PROXIES.test(name) ? [[name, value] as const] : [],
  );
  return { ...Object.fromEntries(pairs), PYTHONUNBUFFERED: "1" };
}
