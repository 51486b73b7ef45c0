import { describe, expect, it } from "vitest";

import { markHits, queryPattern } from "./log-search.ts";

const spans = (...texts: string[]) => texts.map((text, index) => ({ text, className: `c${index}` }));
const query = (text: string, more = {}) => queryPattern({ text, matchCase: false, regexp: false, ...more });

describe("queryPattern", () => {
  it("takes plain text as it is", () => expect("a.b(c".match(query(".b(") ?? /x/)?.[0]).toBe(".b("));
  it("minds case when told", () => expect(query("Lag", { matchCase: true })?.test("price_lag")).toBe(false));
  it("has none for nothing and for what does not parse", () => {
    expect(query("")).toBeUndefined();
    expect(query("(", { regexp: true })).toBeUndefined();
  });
});

describe("markHits", () => {
  const marked = (texts: string[], text: string, more = {}) =>
    markHits(spans(...texts), query(text, more)).map((span) => (span.hit ? `[${span.text}]` : span.text));

  it("marks every hit", () => expect(marked(["lag_7 lag_14"], "LAG")).toEqual(["[lag]", "_7 ", "[lag]", "_14"]));
  it("marks a hit over several colours", () => {
    expect(marked(["pri", "ce_", "lag_7"], "price_lag")).toEqual(["[pri]", "[ce_]", "[lag]", "_7"]);
  });
  it("keeps the looks", () =>
    expect(markHits(spans("ab"), query("b"))[1]).toMatchObject({ className: "c0", hit: true }));
  it("marks neighbours apart", () => expect(marked(["aaaa"], "aa")).toEqual(["[aa]", "[aa]"]));
  it("leaves a line without hits whole", () => expect(marked(["abc"], "x")).toEqual(["abc"]));
  it("does not hang on expressions that match nothing", () =>
    expect(marked(["abc"], "x*", { regexp: true })).toEqual(["abc"]));
});
