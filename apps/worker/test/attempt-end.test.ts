import { expect, test } from "vitest";
import { failed, withMaskedReason } from "../src/attempt-end.ts";
import { StepFailure } from "../src/step-failure.ts";

test("a reason is masked before it is cut", () => {
  const secret = "the-secret-value";
  const message = `${"x".repeat(990)}${secret}`;
  const draft = failed(new StepFailure("environment-failed", message, { hint: `not ${secret}` }));
  const { reason } = withMaskedReason(draft, (text) => text.replaceAll(secret, "***"));
  expect(reason).toEqual({ code: "environment-failed", message: `${"x".repeat(990)}***`, hint: "not ***" });
  expect(withMaskedReason(failed(new StepFailure("c", "y".repeat(5_000))), String).reason?.message).toHaveLength(1_000);
});
