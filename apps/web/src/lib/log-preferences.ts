import type { LogTime } from "#lib/log-time.ts";

/** How the reader likes logs; kept in the browser. */
export interface LogPreferences {
  readonly wrap: boolean;
  readonly time: LogTime;
}

const key = "log";
const times: readonly string[] = ["local", "utc", "relative", "off"] satisfies readonly LogTime[];
const usual: LogPreferences = { wrap: true, time: "local" };

function isTime(value: unknown): value is LogTime {
  return typeof value === "string" && times.includes(value);
}

/** The kept preferences; what is missing or unknown is as usual. */
export function readLogPreferences(): LogPreferences {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(key) ?? "{}");
    if (typeof kept !== "object" || kept === null) return usual;
    return {
      wrap: "wrap" in kept && typeof kept.wrap === "boolean" ? kept.wrap : usual.wrap,
      time: "time" in kept && isTime(kept.time) ? kept.time : usual.time,
    };
  } catch {
    return usual;
  }
}

export function keepLogPreferences(preferences: LogPreferences): void {
  try {
    localStorage.setItem(key, JSON.stringify(preferences));
  } catch {
    // without storage they hold until the page is closed
  }
}
