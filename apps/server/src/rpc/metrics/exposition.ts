import { type OpenMetricsContentType, Registry } from "prom-client";

export interface Exposition {
  readonly contentType: string;
  readonly text: string;
}

export type OpenRegistry = Registry<OpenMetricsContentType>;

/** A registry that speaks OpenMetrics; {@link expose} makes the older format of it. */
export function openRegistry(): OpenRegistry {
  const registry: OpenRegistry = new Registry();
  registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
  return registry;
}

/**
 * The metrics in the format that the reader prefers: OpenMetrics when it names it, Prometheus' text otherwise.
 *
 * @param text - in OpenMetrics
 * @param accept - the request's `Accept` header
 */
export function expose(text: string, accept: string): Exposition {
  return accept.includes("application/openmetrics-text")
    ? { contentType: Registry.OPENMETRICS_CONTENT_TYPE, text }
    : { contentType: Registry.PROMETHEUS_CONTENT_TYPE, text: toPrometheusText(text) };
}

/** In the older format a counter's family has the name of its samples, and there is no mark at the end. */
function toPrometheusText(openMetrics: string): string {
  const counters = [...openMetrics.matchAll(/^# TYPE (\S+) counter$/gm)].map(([, name = ""]) => name);
  const heads = new RegExp(`^# (HELP|TYPE) (${counters.join("|")}) `, "gm");
  const text = counters.length === 0 ? openMetrics : openMetrics.replace(heads, "# $1 $2_total ");
  return text.replace(/# EOF\n$/, "");
}
