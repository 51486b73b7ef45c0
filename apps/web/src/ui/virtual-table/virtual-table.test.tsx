import { render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { expect, it, vi } from "vitest";

import type { Column } from "./columns.ts";
import type { VirtualTableProps } from "./props.ts";
import { layBody } from "./rows.ts";
import { VirtualTable } from "./virtual-table.tsx";

interface Row {
  readonly id: string;
  readonly name: string;
}

const rowsOf = (count: number): readonly Row[] =>
  Array.from({ length: count }, (_, index) => ({ id: String(index), name: `task ${index}` }));
const columns: readonly Column<Row>[] = [
  {
    id: "name",
    head: "Task",
    width: "1fr",
    sortable: true,
    sorted: "ascending",
    cell: (row) => <a href={`#${row.id}`}>{row.name}</a>,
  },
  { id: "wide", head: "Wide", width: "90px", minTable: 5000, cell: () => "only on walls" },
];

function Table(more: Partial<VirtualTableProps<Row>>) {
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  return (
    <VirtualTable
      label="Tasks"
      columns={columns}
      rows={rowsOf(100_000)}
      rowKey={(row) => row.id}
      rowName={(row) => row.name}
      selected={selected}
      onSelect={setSelected}
      selectionActions={<button type="button">Retry</button>}
      {...more}
    />
  );
}

const grid = () => screen.getByRole("grid", { name: "Tasks" });
const activeName = () => document.getElementById(grid().getAttribute("aria-activedescendant") ?? "")?.textContent;

it("draws the rows in view and tells how many there are", () => {
  render(<Table total={1_284_907} />);
  expect(screen.getAllByRole("row").length).toBeLessThan(60);
  expect(grid().getAttribute("aria-rowcount")).toBe("1284908");
  expect(screen.getByText(/^Rows 1–2\d of 1,284,907$/)).toBeTruthy();
  expect(screen.getByRole("columnheader", { name: "Task" }).getAttribute("aria-sort")).toBe("ascending");
  expect(screen.queryByRole("columnheader", { name: "Wide" })).toBeNull();
});

it("moves by keys, and opens and selects by them", async () => {
  const open = vi.fn();
  render(<Table rows={rowsOf(30)} onOpen={open} />);
  grid().focus();
  await userEvent.keyboard("{ArrowDown}{ArrowDown}{Enter}");
  expect(open).toHaveBeenCalledExactlyOnceWith({ id: "1", name: "task 1" });
  await userEvent.keyboard(" {Shift>}{ArrowDown}{ArrowDown}{/Shift}");
  expect(screen.getByText("3 selected")).toBeTruthy();
  await userEvent.keyboard("{End}");
  expect(activeName()).toContain("task 29");
  await userEvent.keyboard("{Home}");
  expect(activeName()).toContain("task 0");
  await userEvent.keyboard("{Control>}a{/Control}");
  expect(screen.getByText("30 selected")).toBeTruthy();
  await userEvent.keyboard("{Escape}");
  expect(screen.queryByText("30 selected")).toBeNull();
});

it("leaves keys in a row's own controls to them", async () => {
  const open = vi.fn();
  render(<Table rows={rowsOf(3)} onOpen={open} />);
  screen.getByRole("link", { name: "task 1" }).focus();
  await userEvent.keyboard("{ArrowDown}");
  expect(grid().hasAttribute("aria-activedescendant")).toBe(false);
  await userEvent.click(screen.getByRole("link", { name: "task 1" }));
  expect(open).not.toHaveBeenCalled();
});

it("turns its foot into the action bar while rows are selected", async () => {
  render(<Table rows={rowsOf(5)} />);
  await userEvent.click(screen.getByRole("checkbox", { name: "Select task 2" }));
  const bar = screen.getByRole("toolbar", { name: "Selected rows" });
  expect(within(bar).getByRole("button", { name: "Retry" })).toBeTruthy();
  expect(screen.getByRole("row", { name: /task 2/, selected: true })).toBeTruthy();
  await userEvent.click(within(bar).getByRole("button", { name: "Clear selection" }));
  expect(screen.queryByRole("toolbar", { name: "Selected rows" })).toBeNull();
  await userEvent.click(screen.getByRole("checkbox", { name: "Select all rows" }));
  expect(screen.getByText("5 selected")).toBeTruthy();
});

it("asks for more once when its end comes near", () => {
  const more = vi.fn();
  const { rerender } = render(<Table rows={rowsOf(30)} total={100} onEndReached={() => more()} />);
  rerender(<Table rows={rowsOf(30)} total={100} onEndReached={() => more()} />);
  expect(more).toHaveBeenCalledTimes(1);
  rerender(<Table rows={rowsOf(35)} total={100} onEndReached={() => more()} />);
  expect(more).toHaveBeenCalledTimes(2);
  rerender(<Table rows={rowsOf(40)} total={40} onEndReached={more} />);
  expect(more).toHaveBeenCalledTimes(2);
});

it("opens a detail under its row, and shows what waits above", async () => {
  const showNew = vi.fn();
  render(
    <Table
      rows={rowsOf(3)}
      expanded={new Set(["1"])}
      detail={(row) => `why ${row.name} waits`}
      newCount={12}
      onShowNew={showNew}
    />,
  );
  const names = screen.getAllByRole("row").map((row) => row.textContent);
  expect(names.slice(1)).toEqual(["task 0", "task 1", "why task 1 waits", "task 2"]);
  await userEvent.click(screen.getByRole("button", { name: "12 new" }));
  expect(showNew).toHaveBeenCalledTimes(1);
});

it("has headings among its rows, and a placeholder without rows", () => {
  const section = (row: Row) => (row.id === "0" ? <b>This machine</b> : undefined);
  const { rerender } = render(<Table rows={rowsOf(2)} section={section} />);
  expect(screen.getByRole("row", { name: "This machine" })).toBeTruthy();
  rerender(<Table rows={[]} placeholder={<p>No task yet</p>} />);
  expect(screen.getByText("No task yet")).toBeTruthy();
});

it("finds rows and details for every line", () => {
  const body = layBody(["a", "b", "c", "d"], [0, 2, 3]);
  const shown = Array.from({ length: body.count }, (_, line) => body.item(line));
  expect(shown.map((item) => `${item?.row}${item?.isDetail ? "+" : ""}`)).toEqual([
    "a",
    "a+",
    "b",
    "c",
    "c+",
    "d",
    "d+",
  ]);
  expect([0, 1, 2, 3].map((index) => body.lineOf(index))).toEqual([0, 2, 3, 5]);
});
