import type { Flood, Sample } from "./flood.ts";

const [width, height, margin] = [720, 240, 48];

/** Memory over time, as a picture. */
export function floodPicture({ samples }: Flood): string {
  const last = samples.at(-1)?.seconds ?? 1;
  const top = Math.ceil(Math.max(...samples.map(({ megabytes }) => megabytes)) / 100) * 100;
  const x = (seconds: number) => margin + ((width - 2 * margin) * seconds) / last;
  const y = (megabytes: number) => height - margin - ((height - 2 * margin) * megabytes) / top;
  const points = samples.map(({ seconds, megabytes }) => `${x(seconds).toFixed(1)},${y(megabytes).toFixed(1)}`);
  const text = (left: number, up: number, words: string, anchor = "middle") =>
    `<text x="${left}" y="${up}" text-anchor="${anchor}" font-family="sans-serif" font-size="12" fill="#666">${words}</text>`;
  const line = (from: number, to: number, at: number) =>
    `<line x1="${from}" y1="${at}" x2="${to}" y2="${at}" stroke="#ccc"/>`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="Memory over time">`,
    ...[0, top / 2, top].flatMap((megabytes) => [
      line(margin, width - margin, y(megabytes)),
      text(margin - 6, y(megabytes) + 4, String(megabytes), "end"),
    ]),
    text(margin, height - margin / 2, "0 s"),
    text(width - margin, height - margin / 2, `${last.toFixed(0)} s`),
    text(width / 2, margin / 2, "resident memory of the server in MB"),
    `<polyline points="${points.join(" ")}" fill="none" stroke="#2468b0" stroke-width="2"/>`,
    "</svg>",
    "",
  ].join("\n");
}

/** Ten moments of it and what it came to. */
export function floodTable({ minutes, samples, lines, lagP99 }: Flood): string {
  const step = Math.max(1, Math.floor(samples.length / 10));
  const some = samples.filter((_, n) => n % step === step - 1);
  const row = ({ seconds, megabytes, submitted, ended }: Sample) =>
    `| ${seconds.toFixed(0)} | ${megabytes.toFixed(0)} | ${submitted.toLocaleString("en")} | ${ended.toLocaleString("en")} |`;
  return [
    "| second | resident MB | submitted | ended |",
    "| --- | --- | --- | --- |",
    ...some.map(row),
    "",
    `In ${minutes} min one log grew by ${lines.toLocaleString("en")} lines of 100 bytes; its watcher was behind by ${lagP99.toFixed(0)} ms at most in 99 of 100 looks.`,
  ].join("\n");
}
