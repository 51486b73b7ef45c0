import { useState } from "react";
import { Button, IconButton } from "#ui/button.tsx";
import { Explain } from "#ui/explain.tsx";
import { AddFilterChip, ChipRow, FilterChip } from "#ui/filter-chip.tsx";
import { DurationBar } from "#ui/meter.tsx";
import { RelativeTime } from "#ui/relative-time.tsx";
import { SearchField } from "#ui/search-field.tsx";
import { StateLabel } from "#ui/state-glyph.tsx";
import { ViewLinks } from "#ui/view-links.tsx";
import type { Column } from "#ui/virtual-table/columns.ts";
import { VirtualTable } from "#ui/virtual-table/virtual-table.tsx";
import { type ExampleTask, exampleTasks } from "./example-tasks.ts";

const rows = exampleTasks(100_000);

const columns: readonly Column<ExampleTask>[] = [
  { id: "state", head: "State", width: "112px", narrow: "state", cell: (row) => <StateLabel state={row.state} /> },
  {
    id: "task",
    head: "Task",
    width: "minmax(140px, 1fr)",
    narrow: "title",
    cell: (row) => (
      <span className="td-task">
        <a className="name" href="#task">
          {row.name}
        </a>
        {row.why && <span className="why">{row.why}</span>}
      </span>
    ),
  },
  {
    id: "project",
    head: "Project",
    width: "128px",
    narrow: "sub",
    cell: (row) => <span className="dim">{row.project}</span>,
  },
  { id: "api", head: "API", width: "96px", narrow: "note", cell: (row) => <span className="dim">{row.api}</span> },
  {
    id: "updated",
    head: "Updated",
    width: "84px",
    sortable: true,
    sorted: "descending",
    minTable: 1100,
    cell: (row) => <RelativeTime at={row.updated} />,
  },
  {
    id: "duration",
    head: (
      <>
        Duration <span className="faint">| usual</span>
      </>
    ),
    width: "134px",
    narrow: "end",
    cell: (row) => row.ms > 0 && <DurationBar ms={row.ms} usual={row.usual} state={row.state} />,
  },
  {
    id: "worker",
    head: "Worker",
    width: "104px",
    minTable: 860,
    cell: (row) => <span className="dim">{row.worker}</span>,
  },
  { id: "try", head: "Try", width: "28px", numeric: true, minTable: 1100, cell: (row) => row.attempt },
];

/** A list of 100,000 tasks. */
export function TablePage() {
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const [expanded, setExpanded] = useState<ReadonlySet<string>>(new Set(["0"]));
  const [fresh, setFresh] = useState(12);
  const open = (row: ExampleTask) => setExpanded(expanded.has(row.id) ? new Set() : new Set([row.id]));
  return (
    <>
      <h1 className="vh">Tasks</h1>
      <Views />
      <Filters />
      <VirtualTable
        label="Tasks"
        rows={rows}
        columns={columns}
        rowKey={(row) => row.id}
        rowName={(row) => row.name}
        selected={selected}
        onSelect={setSelected}
        selectionActions={<SelectionActions />}
        expanded={expanded}
        detail={(row) => (
          <Explain
            state={row.state}
            say={`${row.name}: ${row.why || "nothing to say"}`}
            actions={<Button size="small">Start a worker…</Button>}
          />
        )}
        onOpen={open}
        newCount={fresh}
        onShowNew={() => setFresh(0)}
      />
    </>
  );
}

function Views() {
  return (
    <ViewLinks
      label="Saved views"
      views={[
        { href: "#table?all", label: "All", count: 1_284_907 },
        { href: "#table?running", label: "Running", count: 212 },
        { href: "#table?failed", label: "Failed since yesterday", count: 17 },
        {
          href: "#table",
          label: "Morning round",
          count: 1486,
          icon: "users",
          current: true,
          unsaved: "Changed, not saved",
          apart: true,
        },
        { href: "#table?mine", label: "Mine", count: 41 },
      ]}
    >
      <Button size="small">Save changes</Button>
      <IconButton size="small" icon="share" label="Copy link to this view" />
    </ViewLinks>
  );
}

function Filters() {
  const [query, setQuery] = useState("state:!skipped updated:<3h project:!sandbox sort:-updated");
  return (
    <div className="filters">
      <SearchField label="Filter tasks by query" value={query} onChange={setQuery}>
        1,486 match <kbd>/</kbd>
      </SearchField>
      <ChipRow label="Filters">
        <FilterChip name="State" relation="is not" value="skipped" onRemove={() => {}} />
        <FilterChip name="Updated" relation="within" value="3 h" onRemove={() => {}} />
        <FilterChip name="Project" relation="is not" value="sandbox" onRemove={() => {}} />
        <AddFilterChip>Filter</AddFilterChip>
        <span className="grow" />
        <Button size="small" variant="quiet" icon="columns">
          Columns
        </Button>
      </ChipRow>
    </div>
  );
}

function SelectionActions() {
  return (
    <>
      <span className="bulk-sep" />
      <Button size="small" icon="retry">
        Retry
      </Button>
      <Button size="small" icon="stop" unavailable="All three have ended">
        Cancel
      </Button>
      <Button size="small" icon="copy">
        Copy ids
      </Button>
    </>
  );
}
