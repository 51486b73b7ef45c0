import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { expect, it, vi } from "vitest";

import { Checkbox, Switch } from "./checkbox.tsx";
import { SearchField } from "./search-field.tsx";
import { QuietSelect, Select } from "./select.tsx";
import { SecretField, TextArea, TextField } from "./text-field.tsx";

const zones = [
  { value: "local", label: "Local time" },
  { value: "utc", label: "UTC" },
] as const;

it("ties a text field to its label and its error", async () => {
  const change = vi.fn();
  render(<TextField label="Branch" value="mian" onChange={change} error="There is no branch mian." />);
  const field = screen.getByRole("textbox", { name: "Branch", description: "There is no branch mian." });
  expect(field.getAttribute("aria-invalid")).toBe("true");
  await userEvent.type(field, "x");
  expect(change).toHaveBeenCalledExactlyOnceWith("mianx");
});

it("keeps a given id and says what is optional", () => {
  render(<TextArea id="note" label="Note" optional value="" onChange={() => {}} hint="Shown beside the version." />);
  expect(screen.getByRole("textbox", { name: "Note optional", description: "Shown beside the version." }).id).toBe(
    "note",
  );
});

it("hides a secret until asked", async () => {
  render(<SecretField label="New value" value="hunter2" onChange={() => {}} />);
  const field = screen.getByLabelText("New value");
  expect(field.getAttribute("type")).toBe("password");
  await userEvent.click(screen.getByRole("button", { name: "Show what I typed" }));
  expect(field.getAttribute("type")).toBe("text");
});

it("ticks and switches", async () => {
  const [tick, flip] = [vi.fn(), vi.fn()];
  render(
    <>
      <Checkbox label="Run at once" checked={false} onChange={tick} hint="Otherwise it waits." />
      <Switch label="Accept new tasks" checked onChange={flip} />
    </>,
  );
  await userEvent.click(screen.getByRole("checkbox", { name: "Run at once", description: "Otherwise it waits." }));
  await userEvent.click(screen.getByRole("switch", { name: "Accept new tasks", checked: true }));
  expect([tick.mock.calls, flip.mock.calls]).toEqual([[[true]], [[false]]]);
});

function Chooser({ quiet }: { readonly quiet: boolean }) {
  const [zone, setZone] = useState<"local" | "utc">("local");
  const Shown = quiet ? QuietSelect : Select;
  return <Shown label="Times" value={zone} options={zones} onChange={setZone} />;
}

it.each([true, false])("chooses one of several (in a toolbar: %s)", async (quiet) => {
  render(<Chooser quiet={quiet} />);
  const box = screen.getByRole("combobox", { name: "Times" });
  expect(box.textContent).toContain("Local time");
  await userEvent.click(box);
  await userEvent.click(await screen.findByRole("option", { name: "UTC" }));
  expect(screen.getByRole("combobox", { name: "Times" }).textContent).toContain("UTC");
});

it("clears a search by escape and submits it by enter", async () => {
  const [change, submit] = [vi.fn(), vi.fn()];
  render(
    <SearchField label="Filter tasks" value="state:failed" onChange={change} onSubmit={submit}>
      3 match
    </SearchField>,
  );
  await userEvent.type(screen.getByRole("textbox", { name: "Filter tasks" }), "{Enter}{Escape}");
  expect([submit.mock.calls.length, change.mock.calls]).toEqual([1, [[""]]]);
});
