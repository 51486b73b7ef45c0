import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cutPoint, PIECE_LIMIT, wholeCharacters } from "../../src/output/cut-bytes.ts";
import { LineFramer } from "../../src/output/line-framer.ts";

const bytes = (text: string) => Buffer.from(text);
const text = (piece: Uint8Array | undefined) => piece && Buffer.from(piece).toString("utf8");

describe("line framer", () => {
  test("holds an unfinished line until its end comes", () => {
    const framer = new LineFramer();
    expect(text(framer.push(bytes("one\ntwo\nthr")))).toBe("one\ntwo\n");
    expect(framer.push(bytes("ee"))).toBeUndefined();
    expect(text(framer.push(bytes("\nfour")))).toBe("three\n");
    expect(text(framer.flush())).toBe("four");
    expect(framer.size).toBe(0);
  });

  test("does not cut a character when the line is flushed, but at the last flush", () => {
    const framer = new LineFramer();
    framer.push(Buffer.concat([bytes("a"), bytes("€").subarray(0, 2)]));
    expect(text(framer.flush())).toBe("a");
    expect(framer.size).toBe(2);
    expect(framer.flush()).toBeUndefined();
    expect(text(framer.push(Buffer.concat([bytes("€").subarray(2), bytes("\n")])))).toBe("€\n");
    framer.push(bytes("€").subarray(0, 1));
    expect(framer.flush(true)?.length).toBe(1);
  });

  test("does not hold a line that is longer than a piece", () => {
    const framer = new LineFramer();
    expect(framer.push(bytes("x".repeat(PIECE_LIMIT - 1)))).toBeUndefined();
    expect(framer.push(bytes("xx"))?.length).toBe(PIECE_LIMIT + 1);
  });

  test("loses and adds nothing, whatever comes", () => {
    const part = fc.oneof(
      fc.string({ unit: "grapheme" }).map(bytes),
      fc.uint8Array({ maxLength: 20 }),
      fc.constant(bytes("\n")),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(part, fc.boolean())), (parts) => {
        const framer = new LineFramer();
        const out: Uint8Array[] = [];
        for (const [part, flush] of parts)
          out.push(framer.push(part) ?? Buffer.of(), (flush && framer.flush()) || Buffer.of());
        out.push(framer.flush(true) ?? Buffer.of());
        expect(Buffer.concat(out)).toEqual(Buffer.concat(parts.map(([part]) => part)));
      }),
    );
  });
});

describe("where bytes are cut", () => {
  test("behind a line, else between characters, else anywhere", () => {
    expect(cutPoint(bytes("ab\ncd\nef"), 7)).toBe(6);
    expect(cutPoint(bytes("aé€"), 2)).toBe(1);
    expect(cutPoint(bytes("aé€"), 5)).toBe(3);
    expect(cutPoint(Buffer.alloc(9, 0x80), 5)).toBe(5);
    expect(cutPoint(bytes("€"), 1)).toBe(1);
    expect(cutPoint(bytes("abc"), 5)).toBe(3);
  });

  test("whole characters", () => {
    for (const letter of ["a", "é", "€", "😀"]) {
      const all = bytes(`x${letter}`);
      expect(wholeCharacters(all)).toBe(all.length);
      for (let end = 2; end < all.length; end++) expect(wholeCharacters(all.subarray(0, end))).toBe(1);
    }
    expect(wholeCharacters(Buffer.of(0x80, 0x80, 0x80, 0x80))).toBe(4);
    expect(wholeCharacters(Buffer.of(0xff))).toBe(1);
  });
});
