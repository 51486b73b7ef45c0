import { useEffect, useMemo, useState } from "react";
import { formatLineRange, type LineRange, parseLineRange } from "#lib/line-range.ts";
import type { LogQuery } from "#lib/log-search.ts";
import type { LogSource } from "#lib/log-source.ts";
import { AttemptTimeline } from "#ui/attempt-timeline.tsx";
import { Button } from "#ui/button.tsx";
import type { LogSearch } from "#ui/log-viewer/log-find.tsx";
import { LogViewer } from "#ui/log-viewer/log-viewer.tsx";
import { PageHead } from "#ui/page-head.tsx";
import { Tabs } from "#ui/tabs.tsx";
import { exampleLog, flowingLog } from "./example-log.ts";

const start = new Date("2026-11-22T02:14:00").getTime();
const at = (minutes: number) => start + minutes * 60_000;

/** A failed task: its attempts and its log. */
export function TaskPage() {
  return (
    <>
      <PageHead
        title="train-lgbm"
        state="failed"
        stateWord="Failed"
        lead="Attempt 3 of 3 ended with exit code 1."
        actions={
          <Button variant="primary" icon="retry">
            Run again
          </Button>
        }
      />
      <AttemptTimeline
        current={3}
        lanes={[
          {
            number: 1,
            state: "lost",
            label: "Worker lost",
            worker: "gpu-a-07",
            href: "#task?attempt=1",
            note: "no heartbeat for 30 s",
            bars: [
              { phase: "queued", from: at(0), to: at(0.2) },
              { phase: "preparing", from: at(0.2), to: at(1) },
              { phase: "running", from: at(1), to: at(8.5) },
            ],
          },
          {
            number: 2,
            state: "failed",
            label: "Killed, signal 9",
            worker: "gpu-a-03",
            href: "#task?attempt=2",
            note: "memory 16 of 16 GiB",
            bars: [
              { phase: "queued", from: at(9), to: at(13.6) },
              { phase: "preparing", from: at(13.6), to: at(13.8) },
              { phase: "running", from: at(13.8), to: at(30.8) },
            ],
          },
          {
            number: 3,
            state: "failed",
            label: "Exit 1",
            worker: "gpu-a-07",
            href: "#task?attempt=3",
            bars: [
              { phase: "queued", from: at(30.8), to: at(32.8), note: "back-off" },
              { phase: "preparing", from: at(32.8), to: at(33), note: "environment from cache" },
              { phase: "running", from: at(33), to: at(51.5) },
              { phase: "collecting", from: at(51.5), to: at(51.8) },
            ],
          },
        ]}
      />
      <LogTabs />
    </>
  );
}

const tabs = [
  { id: "log", label: "Log", count: 5_000_000 },
  { id: "parameters", label: "Parameters", count: 7 },
  { id: "flow", label: "A log of 50,000 lines a second" },
] as const;

function LogTabs() {
  const [tab, setTab] = useState<(typeof tabs)[number]["id"]>(location.hash.includes("flow") ? "flow" : "log");
  return (
    <Tabs label="Task" tabs={tabs} value={tab} onChange={setTab}>
      {tab === "flow" ? <FlowingLog /> : <LongLog />}
    </Tabs>
  );
}

function LongLog() {
  const [lines] = useState(() => Number(/lines=(\d+)/.exec(location.hash)?.[1] ?? 5_000_000));
  return <ExampleLog source={useMemo(() => exampleLog(lines), [lines])} />;
}

function FlowingLog() {
  const flow = useMemo(() => flowingLog(50_000), []);
  useEffect(() => flow.stop, [flow]);
  return <ExampleLog source={flow.log} />;
}

const attempts = [
  { number: 1, line: 1, state: "lost", worker: "gpu-a-07" },
  { number: 2, line: 13_220, state: "failed", worker: "gpu-a-03", note: "02:23:00" },
  {
    number: 3,
    line: 4_999_975,
    state: "failed",
    worker: "gpu-a-07",
    note: "02:46:51, after a back-off of 2 min",
    action: { label: "Show only this attempt", onAct: () => {} },
  },
] as const;

const marks = Array.from({ length: 200 }, (_, index) => ({
  line: 1 + ((index * index * 7919) % 5_000_000),
  kind: index % 9 === 0 ? ("error" as const) : ("warn" as const),
}));

function ExampleLog({ source }: { readonly source: LogSource }) {
  const [range, setRange] = useState<LineRange | undefined>(() =>
    parseLineRange(/L[\dL-]+/.exec(location.hash)?.[0] ?? ""),
  );
  const [search, setSearch] = useState<LogSearch>();
  const find = (query: LogQuery) => setSearch({ query, status: "done", total: query.text === "" ? 0 : 14, current: 0 });
  const step = (direction: 1 | -1) =>
    setSearch(
      (old) =>
        old && {
          ...old,
          current: ((old.current + direction + 13) % 14) + 1,
          line: 4 + ((old.current + direction + 14) % 14) * 13 * 27_000,
        },
    );
  return (
    <LogViewer
      source={source}
      name="train-lgbm"
      attempts={attempts}
      start={start}
      range={range}
      onRangeChange={setRange}
      rangeHref={(lines) => `#task?${formatLineRange(lines)}`}
      search={search}
      onSearch={find}
      onSearchStep={step}
      levels={[
        { level: "error", count: 3 },
        { level: "warn", count: 118 },
        { level: "info", count: 46_901 },
      ]}
      findLevel={async (_, direction, line) => line + direction * 13_000}
      marks={marks}
      onDownload={(part, lines) => console.log("download", part, lines)}
      tools={
        <Button size="small" variant="quiet">
          All attempts
        </Button>
      }
    />
  );
}
