import { expect, it } from "vitest";

import { hangingIndent } from "#pages/parts/hanging-indent.ts";

it("hangs a line by the space before it, and deep ones no further than there is room", () => {
  const indents = ["name: x", "    cpu: 4", "\tif", "", " ".repeat(40)].map(hangingIndent);
  expect(indents).toEqual([0, 4, 8, 0, 12].map((indent) => ({ "--indent": indent })));
});
