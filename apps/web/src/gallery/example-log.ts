import type { LogLine } from "#lib/log-source.ts";
import { WindowedLog } from "#lib/windowed-log.ts";

const begin = new Date("2026-11-22T02:14:00").getTime();
const e = "\u001b[";
const texts: readonly string[] = [
  `${e}2mlgbm${e}0m  ${e}36mINFO${e}0m  fold 4/5  ${e}34mvalid_0${e}0m rmse ${e}32m0.4127${e}0m  best at 880`,
  `${e}35;1m▌${e}0m ${e}1mtrain-lgbm${e}0m seed=${e}34m20261122${e}0m folds=${e}34m5${e}0m horizon=${e}34m28${e}0m`,
  `${e}2mio${e}0m    ${e}36mINFO${e}0m  sales.parquet  ${e}34m48,211,906${e}0m rows  ${e}34m1.92${e}0m GiB`,
  `${e}2mfeat${e}0m  ${e}36mINFO${e}0m  building 64 features, price_lag_7 price_lag_14 price_lag_28 …`,
  `join calendar:   0%|          | 0/1200\rjoin calendar:  50%|#####     | 600/1200\rjoin calendar: ${e}32m100%${e}0m|${e}2m##########${e}0m| 1200/1200 [01:18<00:00, 15.3it/s]`,
  `${e}2mfeat${e}0m  ${e}33;1mWARN${e}0m  store 0418: no price before 2026-10-25, forward fill skipped`,
  `${e}2mfeat${e}0m  ${e}33;1mWARN${e}0m  price_lag_28 holds 1,204 NaN (0.002 %) after the join`,
  `${e}31;1mERROR${e}0m calibration failed`,
  "Traceback (most recent call last):",
  `  File ${e}32m"train.py"${e}0m, line ${e}34m212${e}0m, in ${e}36mcalibrate${e}0m`,
  `${e}31;1mValueError${e}0m: Input X contains NaN: column price_lag_28, 1,204 rows`,
  `${e}38;5;208mpalette${e}0m and ${e}38;2;120;200;80mtrue colour${e}0m and ${e}41mbackground${e}0m, a link to \u001b]8;;https://example.org/\u0007the docs\u001b]8;;\u0007`,
  "a line that is much longer than any window is wide: ".padEnd(420, "lorem ipsum dolor sit amet, "),
];

function exampleLine(position: number): LogLine {
  const text = texts[position % texts.length] ?? "";
  const stream = position % 13 === 8 ? "stderr" : "stdout";
  return { text: position % 13 === 0 ? `${text} (${position + 1})` : text, at: begin + position * 137, stream };
}

function exampleLines(from: number, to: number): readonly LogLine[] {
  return Array.from({ length: to - from }, (_, index) => exampleLine(from + index));
}

/** A finished log of any length whose lines come after the time a server takes. */
export function exampleLog(lines: number): WindowedLog {
  const log = new WindowedLog(async (from, to) => {
    await new Promise((resolve) => setTimeout(resolve, 40));
    return exampleLines(from, Math.min(to, lines));
  });
  log.grow(lines);
  log.end();
  return log;
}

/** A log that grows by so many lines a second until the returned function is called. */
export function flowingLog(perSecond: number): { readonly log: WindowedLog; readonly stop: () => void } {
  const log = new WindowedLog((from, to) => Promise.resolve(exampleLines(from, Math.min(to, log.lineCount))));
  const began = performance.now();
  const timer = setInterval(() => {
    const due = Math.floor(((performance.now() - began) / 1000) * perSecond);
    if (due > log.lineCount) log.append(log.lineCount, exampleLines(log.lineCount, due));
  }, 10);
  return { log, stop: () => clearInterval(timer) };
}
