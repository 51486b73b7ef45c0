import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { buildAutomaton } from "../../src/masking/automaton.ts";
import { Masker } from "../../src/masking/masker.ts";
import { isTooShortToMask, secretPatterns } from "../../src/masking/secret-patterns.ts";

/** The rule itself, slowly: mark every byte of every occurrence, then write one mask for each run of marked bytes. */
function maskedSlowly(patterns: readonly Buffer[], input: Buffer): string {
  const marked = new Array<boolean>(input.length).fill(false);
  for (const pattern of patterns) {
    for (let at = input.indexOf(pattern); at >= 0; at = input.indexOf(pattern, at + 1)) {
      marked.fill(true, at, at + pattern.length);
    }
  }
  let out = "";
  for (let at = 0; at < input.length; at++) {
    if (!marked[at]) out += String.fromCharCode(input[at]!);
    else if (!marked[at - 1]) out += "***";
  }
  return out;
}

function maskedInPieces(patterns: readonly Buffer[], input: Buffer, cuts: readonly number[], restart = false): string {
  const automaton = buildAutomaton(patterns);
  let masker = new Masker(automaton);
  let out = "";
  let from = 0;
  for (const cut of [...cuts.map((part) => part % (input.length + 1)).sort((a, b) => a - b), input.length]) {
    out += Buffer.from(masker.push(input.subarray(from, cut))).toString("latin1");
    if (restart) masker = Masker.resume(automaton, masker.position());
    from = cut;
  }
  return out + Buffer.from(masker.end()).toString("latin1");
}

// Few letters, so that patterns overlap, contain each other and almost match all the time.
const word = (maxLength: number) =>
  fc.array(fc.constantFrom(97, 98, 99), { minLength: 1, maxLength }).map((bytes) => Buffer.from(bytes));
const input = fc.array(fc.constantFrom(97, 98, 99, 10), { maxLength: 60 }).map((bytes) => Buffer.from(bytes));
const cuts = fc.array(fc.nat(1000), { maxLength: 8 });

describe("masker", () => {
  test("equals the slow rule for any cut of the input", () => {
    fc.assert(
      fc.property(fc.array(word(6), { maxLength: 4 }), input, cuts, (patterns, bytes, at) => {
        expect(maskedInPieces(patterns, bytes, at)).toBe(maskedSlowly(patterns, bytes));
      }),
      { numRuns: 3000 },
    );
  });

  test("goes on from its position in a new masker", () => {
    fc.assert(
      fc.property(fc.array(word(4), { maxLength: 4 }), input, cuts, (patterns, bytes, at) => {
        expect(maskedInPieces(patterns, bytes, at, true)).toBe(maskedSlowly(patterns, bytes));
      }),
      { numRuns: 3000 },
    );
  });

  test("writes no long begin of a pattern after a restart, and still masks what continues it", () => {
    const automaton = buildAutomaton([Buffer.from("abcdefgh")]);
    const goOn = (rest: string) => {
      const before = new Masker(automaton);
      before.push(Buffer.from("<abcdef"));
      const after = Masker.resume(automaton, before.position());
      return Buffer.concat([after.push(Buffer.from(rest)), after.end()]).toString("latin1");
    };
    expect(goOn("gh>")).toBe("***>");
    expect(goOn("x>")).toBe("***x>");
  });

  test("masks a secret at every cut of a 64 KiB border, in every encoding", () => {
    const secret = 'p@ss/wörd "4" you+me';
    const patterns = secretPatterns([secret]);
    const automaton = buildAutomaton(patterns);
    for (const form of patterns) {
      for (let cut = 0; cut <= form.length; cut++) {
        const head = Buffer.alloc(65536 - cut, ".");
        const masker = new Masker(automaton);
        const first = Buffer.concat([head, form.subarray(0, cut)]);
        const out = Buffer.concat([
          masker.push(first),
          masker.push(Buffer.concat([form.subarray(cut), Buffer.from("!")])),
          masker.end(),
        ]);
        expect(out.toString("latin1")).toBe(`${head}***!`);
      }
    }
  });

  test("touching and overlapping secrets become one mask and leave no rest", () => {
    const masked = (text: string) => maskedInPieces(secretPatterns(["abcdef", "defghi"]), Buffer.from(text), []);
    expect(masked("<abcdefghi>")).toBe("<***>");
    expect(masked("<abcdefabcdef>")).toBe("<***>");
    expect(masked("<abcdef abcdef>")).toBe("<*** ***>");
  });
});

describe("secret patterns", () => {
  const masked = (values: string[], text: string) => maskedInPieces(secretPatterns(values), Buffer.from(text), []);

  test.each([0, 1, 2, 3])("base64 behind %i other bytes", (shift) => {
    const value = "correct horse battery";
    const encoded = Buffer.from(`${"~".repeat(shift)}${value}${"~".repeat(shift)}`).toString("base64");
    expect(masked([value], encoded)).toContain("***");
    // What may remain are the border characters, which mix a few bits of the value with its neighbours.
    expect(masked([value], encoded).replace("***", "").length).toBeLessThanOrEqual(10);
  });

  test("each line of a value, but no line that is too short", () => {
    expect(masked(["first line\nxy\n  third line\n"], "a first line b xy c third line d")).toBe("a *** b xy c *** d");
  });

  test.each([
    ["coreutils and Python", 76, "\n"],
    ["openssl", 64, "\n"],
    ["MIME", 76, "\r\n"],
  ])("base64 broken into lines, as %s print it, leaves nothing", (_, width, end) => {
    const value = "correct horse battery staple ".repeat(12);
    const encoded = Buffer.from(value).toString("base64");
    const printed = (encoded.match(new RegExp(`.{1,${width}}`, "g")) ?? []).join(end);
    expect(masked([value], `<${printed}>`).replace(/=*>$/, ">").length).toBeLessThan(8);
    // A tool that numbers lines, say: each is recognised alone.
    const numbered = printed.split(end).map((line, index) => `${index} ${line}`);
    for (const line of masked([value], numbered.join("\n")).split("\n").slice(0, -1)) {
      expect(line).toMatch(/^\d+ \*\*\*$/);
    }
  });

  test("HTML escapes, quotes of shells and of Python", () => {
    const value = `it's <b>"bold"</b> & more`;
    for (const form of [
      `it'"'"'s <b>"bold"</b> & more`,
      `it\\'s\\ \\<b\\>\\"bold\\"\\</b\\>\\ \\&\\ more`,
      `it\\'s <b>"bold"</b> & more`,
      "it&#39;s &lt;b&gt;&quot;bold&quot;&lt;/b&gt; &amp; more",
      "it&#x27;s &lt;b&gt;&quot;bold&quot;&lt;/b&gt; &amp; more",
      `it's &lt;b&gt;"bold"&lt;/b&gt; &amp; more`,
      `it'\\''s <b>"bold"</b> & more`,
    ]) {
      expect(masked([value], `<${form}>`)).toBe("<***>");
    }
  });

  test("bytes as Python shows them", () => {
    expect(masked(["tab\tünd ümlaut"], "b'tab\\t\\xc3\\xbcnd \\xc3\\xbcmlaut'")).toBe("b'***'");
  });

  test("JSON, URL and hexadecimal forms", () => {
    const value = 'a"b\\c\td/é';
    for (const form of [
      JSON.stringify(value).slice(1, -1),
      'a\\"b\\\\c\\td/\\u00e9',
      encodeURIComponent(value),
      encodeURIComponent(value).toLowerCase(),
      encodeURIComponent(value).replace("%2F", "/"),
      Buffer.from(value).toString("hex"),
      Buffer.from(value).toString("hex").toUpperCase(),
    ]) {
      expect(masked([value], `<${form}>`)).toBe("<***>");
    }
  });

  test("a short value is left alone and can be told", () => {
    expect(masked(["abc"], "abc")).toBe("abc");
    expect(isTooShortToMask("abc\n")).toBe(true);
    expect(isTooShortToMask("abcd")).toBe(false);
  });

  test("a long value does not need much memory or time", () => {
    const value = Array.from({ length: 1000 }, (_, line) => `${line}`.padStart(63, "ab cd")).join("\n");
    const start = performance.now();
    buildAutomaton(secretPatterns([value]));
    expect(performance.now() - start).toBeLessThan(5000);
  });
});
