import { fireEvent, render, screen } from "@testing-library/react";
import { expect, it, vi } from "vitest";

import { Link, LinkProvider } from "./link.tsx";

function clicked(href: string, more: object = {}, props: object = {}) {
  const navigate = vi.fn();
  render(
    <LinkProvider navigate={navigate}>
      <Link href={href} {...props}>
        there
      </Link>
    </LinkProvider>,
  );
  const stayed = fireEvent.click(screen.getByRole("link", { name: "there" }), more);
  return { navigate, stayed };
}

it("hands a plain click to the router", () => {
  const { navigate, stayed } = clicked("/tasks?state=failed");
  expect(navigate).toHaveBeenCalledExactlyOnceWith("/tasks?state=failed");
  expect(stayed).toBe(false);
});

it.each([
  ["a new tab", "/tasks", { ctrlKey: true }, {}],
  ["a download", "/log", {}, { download: "log.txt" }],
  ["another window", "/tasks", {}, { target: "_blank" }],
  ["another site", "https://example.org/", {}, {}],
  ["another site by the same protocol", "//example.org/", {}, {}],
])("leaves %s to the browser", (_, href, more, props) => {
  const { navigate } = clicked(href, more, props);
  expect(navigate).not.toHaveBeenCalled();
});
