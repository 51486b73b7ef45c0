import { Board, Panel } from "#ui/board.tsx";
import { Button } from "#ui/button.tsx";
import { CodeBlock } from "#ui/code-block.tsx";
import { EmptyState } from "#ui/empty-state.tsx";
import { ErrorState } from "#ui/error-state.tsx";
import { Explain } from "#ui/explain.tsx";
import { Facts, KeyValues } from "#ui/facts.tsx";
import { Icon, iconNames } from "#ui/icons.tsx";
import { DurationBar, Meter, Slots } from "#ui/meter.tsx";
import { MiniTable } from "#ui/mini-table.tsx";
import { PageHead } from "#ui/page-head.tsx";
import { Duration, RelativeTime } from "#ui/relative-time.tsx";
import { allStates, StateBadge, StateLabel } from "#ui/state-glyph.tsx";

const start = Date.now();
const machines = [
  { name: "gpu-a-03", gpu: "0 of 2", memory: "118 of 256 GiB", free: "14 min" },
  { name: "gpu-a-01", gpu: "0 of 2", memory: "96 of 256 GiB", free: "1 h 50 min" },
];

/** States, explanations, numbers with their measure, empty and failed places. */
export function WordsPage() {
  return (
    <>
      <PageHead
        title="forecast.wf.train_all"
        state="running"
        stateWord="Running"
        lead="97 of 100 folds are done. select_best starts in about 4 min."
        facts={
          <Facts>
            Flyte
            <a href="#words">demand-forecast / production</a>
            <span className="mono">f8c21b6e40d7</span>
            since 08:31, 1 h 12 min
          </Facts>
        }
        actions={
          <>
            <Button icon="terminal">Copy as</Button>
            <Button variant="danger" icon="stop">
              Terminate…
            </Button>
          </>
        }
      />
      <WhyWaiting />
      <Board>
        <Panel title="States" span={4}>
          <ul className="lines">
            {allStates.map((state) => (
              <li key={state}>
                <StateLabel state={state} />
              </li>
            ))}
          </ul>
        </Panel>
        <Panel title="Numbers" span={4}>
          <Numbers />
        </Panel>
        <Panel title="Facts" sub="and icons" span={4}>
          <KeyValues
            items={[
              { key: "f", label: "features", note: "StructuredDataset", value: "48,211,906 rows, 64 columns, 1.2 GiB" },
              { key: "s", label: "seed", note: "int | None", value: <code>20261122</code> },
            ]}
          />
          <p style={{ display: "flex", flexWrap: "wrap", gap: 10, marginTop: 16 }}>
            {iconNames.map((name) => (
              <span key={name} title={name}>
                <Icon name={name} />
              </span>
            ))}
          </p>
        </Panel>
        <Panel title="Empty" span={6}>
          <EmptyState
            title="Agent: no machine has joined"
            icon="worker"
            command="npx tributary worker --server https://tributary.example:3342 --token …"
          >
            A machine that joins takes queued jobs of the Agent API. Start one with the command below.
          </EmptyState>
        </Panel>
        <Panel title="Failed to load" span={6}>
          <ErrorState onRetry={() => {}}>
            The server answered “unavailable: the store is being moved”. Nothing was changed.
          </ErrorState>
          <CodeBlock label="Command" code="grpcurl -plaintext 127.0.0.1:3342 list" />
        </Panel>
      </Board>
    </>
  );
}

function WhyWaiting() {
  return (
    <Explain
      state="waiting"
      say={
        <>
          No machine can hold it yet. It asks for <b>2 × A100 and 64 GiB</b>; three machines have such cards and none
          has two free.
        </>
      }
      checksTitle="What was checked"
      checks={[
        {
          state: "succeeded",
          text: (
            <>
              Inputs ready, source at <code>4e1c2f9</code>
            </>
          ),
        },
        { state: "succeeded", text: "Project limit: 11 of 24 tasks" },
        { state: "waiting", text: "Free room: 2 GPU on one machine", decides: true },
      ]}
      besideTitle="Machines that match"
      beside={
        <MiniTable
          label="Machines that match"
          rows={machines}
          rowKey={(row) => row.name}
          columns={[
            { id: "name", head: "Machine", cell: (row) => row.name },
            { id: "gpu", head: "GPU free", numeric: true, cell: (row) => row.gpu },
            { id: "memory", head: "Memory free", numeric: true, cell: (row) => row.memory },
            { id: "free", head: "Free in", numeric: true, cell: (row) => row.free },
          ]}
        />
      }
      actions={
        <>
          <Button size="small">Ask for 1 GPU instead</Button>
          <Button size="small">Start a worker…</Button>
          <Button size="small" variant="quiet">
            Cancel
          </Button>
        </>
      }
    />
  );
}

function Numbers() {
  return (
    <ul className="lines">
      <li>
        <DurationBar ms={1_122_000} usual={960_000} state="failed" />
      </li>
      <li>
        <DurationBar ms={126_000} usual={160_000} state="running" />
      </li>
      <li>
        <Meter label="Memory" used={0.4} held={0.62} width={90} /> <span className="faint tn">131 / 256 GiB</span>
      </li>
      <li>
        <Slots taken={4} ending={1} total={16} label="4 of 16 slots taken" />
      </li>
      <li>
        <RelativeTime at={start - 42_000} suffix=" ago" />, running for <Duration from={start - 4_000_000} long />
      </li>
      <li>
        <StateBadge state="problem">1 problem</StateBadge>
        <StateBadge state="failed">2 failed</StateBadge>
        <span className="tag">a100 × 2</span>
      </li>
    </ul>
  );
}
