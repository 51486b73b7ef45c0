import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it, vi } from "vitest";

import { Button, IconButton, Segmented } from "./button.tsx";

it("acts on a click, and not while its act is under way", async () => {
  const act = vi.fn();
  const { rerender } = render(<Button onClick={act}>Retry</Button>);
  await userEvent.click(screen.getByRole("button", { name: "Retry" }));
  rerender(
    <Button busy onClick={act}>
      Retry
    </Button>,
  );
  await userEvent.click(screen.getByRole("button", { name: "Retry", busy: true }));
  expect(act).toHaveBeenCalledTimes(1);
});

it("tells why it cannot be used, and does not submit", async () => {
  const [act, submit] = [vi.fn(), vi.fn()];
  render(
    <form onSubmit={submit}>
      <Button type="submit" unavailable="All three have ended" onClick={act}>
        Cancel
      </Button>
    </form>,
  );
  const button = screen.getByRole("button", { name: "Cancel" });
  await userEvent.click(button);
  expect([act, submit].map((spy) => spy.mock.calls.length)).toEqual([0, 0]);
  await userEvent.hover(button);
  expect(await screen.findByText("All three have ended")).toBeTruthy();
});

it("names a picture", () => {
  render(<IconButton icon="more" label="More actions" />);
  expect(screen.getByRole("button", { name: "More actions" })).toBeTruthy();
});

it("shows which choice holds", async () => {
  const change = vi.fn();
  const options = [
    { value: "1h", label: "1 h" },
    { value: "24h", label: "24 h" },
  ];
  render(<Segmented label="Range" value="24h" options={options} onChange={change} />);
  expect(screen.getByRole("button", { name: "24 h", pressed: true })).toBeTruthy();
  await userEvent.click(screen.getByRole("button", { name: "1 h", pressed: false }));
  expect(change).toHaveBeenCalledExactlyOnceWith("1h");
});
