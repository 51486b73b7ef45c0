import { fireEvent, render, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it, vi } from "vitest";

import { UiRoot } from "./app-shell.tsx";
import { Button } from "./button.tsx";
import { ConfirmDialog } from "./confirm-dialog.tsx";
import { Dialog } from "./dialog.tsx";
import { Menu } from "./menu.tsx";
import { Popover } from "./popover.tsx";
import { TextField } from "./text-field.tsx";
import { showToast } from "./toasts.ts";

it("names a dialog, submits it by enter and closes it by escape", async () => {
  const [submit, close] = [vi.fn(), vi.fn()];
  render(
    <Dialog
      open
      title="Add a source"
      lead="A git repository."
      onSubmit={submit}
      onClose={close}
      actions={<Button type="submit">Add</Button>}
    >
      <TextField label="Address" value="" onChange={() => {}} />
    </Dialog>,
  );
  expect(await screen.findByRole("dialog", { name: "Add a source", description: "A git repository." })).toBeTruthy();
  await userEvent.type(screen.getByRole("textbox", { name: "Address" }), "{Enter}");
  expect(submit).toHaveBeenCalledTimes(1);
  await userEvent.keyboard("{Escape}");
  expect(close).toHaveBeenCalledTimes(1);
});

it("wants the name before what cannot be undone", async () => {
  const confirm = vi.fn();
  render(
    <ConfirmDialog
      open
      title="Delete tracker-url?"
      confirm="Delete"
      danger
      typeName="tracker-url"
      onConfirm={confirm}
      onClose={() => {}}
    >
      Three tasks use it.
    </ConfirmDialog>,
  );
  const field = await screen.findByRole("textbox", { name: "Type tracker-url to confirm" });
  await userEvent.type(field, "tracker{Enter}");
  expect(screen.getByRole("button", { name: "Delete" })).toHaveProperty("disabled", true);
  fireEvent.submit(field);
  expect(confirm).not.toHaveBeenCalled();
  await userEvent.type(field, "-url");
  await userEvent.click(screen.getByRole("button", { name: "Delete" }));
  expect(confirm).toHaveBeenCalledTimes(1);
});

it("says why a confirmed act failed", async () => {
  render(
    <ConfirmDialog
      open
      title="Cancel 3 tasks?"
      confirm="Cancel 3 tasks"
      error="The server cannot be reached."
      onConfirm={() => {}}
      onClose={() => {}}
    >
      They stop within 10 s.
    </ConfirmDialog>,
  );
  expect((await screen.findByRole("alert")).textContent).toBe("The server cannot be reached.");
});

it("opens a menu by keyboard and acts once", async () => {
  const act = vi.fn();
  const items = [
    { id: "edit", label: "Edit", onSelect: act },
    { id: "open", label: "Open", href: "/tasks" },
    { id: "no", label: "Not now", disabled: true, onSelect: act },
  ];
  render(<Menu trigger={<Button>More</Button>} items={items} />);
  screen.getByRole("button", { name: "More" }).focus();
  await userEvent.keyboard("{Enter}");
  expect((await screen.findByRole("menuitem", { name: "Open" })).getAttribute("href")).toBe("/tasks");
  await userEvent.click(screen.getByRole("menuitem", { name: "Not now" }));
  await userEvent.click(screen.getByRole("menuitem", { name: "Edit" }));
  expect(act).toHaveBeenCalledTimes(1);
});

it("opens a popover with its name", async () => {
  render(
    <Popover label="Filter" trigger={<Button>Filter</Button>}>
      <TextField label="Worker" value="" onChange={() => {}} />
    </Popover>,
  );
  await userEvent.click(screen.getByRole("button", { name: "Filter" }));
  expect(await screen.findByRole("dialog", { name: "Filter" })).toBeTruthy();
});

it("tells by a toast, which can be acted on and dismissed", async () => {
  const undo = vi.fn();
  render(<UiRoot>page</UiRoot>);
  showToast({
    title: "gpu-a-03 takes no new tasks",
    text: "Two tasks finish first.",
    action: { label: "Undo", onAct: undo },
  });
  expect(await screen.findByText("gpu-a-03 takes no new tasks")).toBeTruthy();
  await userEvent.click(screen.getByRole("button", { name: "Undo" }));
  expect(undo).toHaveBeenCalledTimes(1);
  await waitFor(() => expect(screen.queryByText("gpu-a-03 takes no new tasks")).toBeNull());
});
