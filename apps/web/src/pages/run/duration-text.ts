import { create } from "@bufbuild/protobuf";
import { type Duration, DurationSchema } from "@bufbuild/protobuf/wkt";

const units: Record<string, number> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** Reads `90s`, `30m`, `1h 30m`; undefined for anything else. */
export function parseDuration(text: string): Duration | undefined {
  const words = text.trim().toLowerCase();
  if (!/^(\d+\s*[smhd]\s*)+$/.test(words)) return undefined;
  const seconds = Array.from(
    words.matchAll(/(\d+)\s*([smhd])/g),
    ([, count, unit]) => Number(count) * (units[unit ?? "s"] ?? 0),
  );
  return create(DurationSchema, { seconds: BigInt(seconds.reduce((sum, part) => sum + part, 0)) });
}
