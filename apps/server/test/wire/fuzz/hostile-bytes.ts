import type { DescMessage } from "@bufbuild/protobuf";
import fc from "fast-check";

/** Bytes that claim to be a message of `desc`, and mostly are not. */
export function hostileMessages(desc: DescMessage): fc.Arbitrary<Buffer> {
  const numbers = desc.fields.map(({ number }) => number);
  const number = fc.oneof(
    ...(numbers.length > 0 ? [fc.constantFrom(...numbers)] : []),
    fc.integer({ min: 0, max: 2 ** 29 - 1 }),
  );
  const field = fc
    .tuple(number, fc.integer({ min: 0, max: 7 }), payloads)
    .map(([fieldNumber, wireType, payload]) => Buffer.concat([varint(fieldNumber * 8 + wireType), payload]));
  const fields = fc.array(field, { maxLength: 6 }).map((some) => Buffer.concat(some));
  return fc.oneof(
    { weight: 2, arbitrary: fc.constant(Buffer.alloc(0)) },
    { weight: 4, arbitrary: fields },
    { weight: 2, arbitrary: mangled(fields) },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)) },
    { weight: 1, arbitrary: fc.tuple(number, depths).map(([fieldNumber, depth]) => nested(fieldNumber, depth)) },
    { weight: 1, arbitrary: fc.tuple(number, depths).map(([fieldNumber, depth]) => groups(fieldNumber, depth)) },
  );
}

/** Text that claims to be JSON of a message. */
export function hostileJson(desc: DescMessage): fc.Arbitrary<Buffer> {
  const names = desc.fields.map(({ jsonName }) => jsonName);
  const key = fc.oneof(...(names.length > 0 ? [fc.constantFrom(...names)] : []), fc.string({ maxLength: 8 }));
  const values = fc.oneof(
    fc.jsonValue({ maxDepth: 3 }),
    fc.constantFrom("1e999", -1, 2 ** 70, "NaN", "\u0000", "x".repeat(5_000), [], {}, null),
  );
  const objects = fc.dictionary(key, values, { maxKeys: 5 }).map((object) => Buffer.from(JSON.stringify(object)));
  const deep = fc
    .tuple(key, depths, fc.constantFrom("[", '{"a":', '{"fields":{"a":{"structValue":'))
    .map(([name, depth, open]) => Buffer.from(`{${JSON.stringify(name)}:${open.repeat(depth)}`));
  const closed = fc
    .tuple(key, depths)
    .map(([name, depth]) => Buffer.from(`{${JSON.stringify(name)}:${"[".repeat(depth)}${"]".repeat(depth)}}`));
  const others = fc
    .constantFrom("", "null", "[]", "{", '"', "\ufeff{}", "{}{}", "tru", "1")
    .map((text) => Buffer.from(text));
  return fc.oneof(
    { weight: 4, arbitrary: objects },
    { weight: 2, arbitrary: mangled(objects) },
    { weight: 1, arbitrary: deep },
    { weight: 1, arbitrary: closed },
    { weight: 2, arbitrary: others },
  );
}

/** Messages in the envelopes of streams, with flags and lengths that may be wrong. */
export function hostileFrames(messages: fc.Arbitrary<Buffer>): fc.Arbitrary<Buffer> {
  const flags = fc.oneof(
    { weight: 6, arbitrary: fc.constant(0) },
    { weight: 1, arbitrary: fc.integer({ min: 0, max: 255 }) },
  );
  const lies = fc.oneof(
    { weight: 8, arbitrary: fc.constant(0) },
    { weight: 1, arbitrary: fc.constantFrom(1, -1, 7, 2 ** 31, 2 ** 32 - 1) },
  );
  const one = fc.tuple(flags, lies, messages).map(([flag, lie, message]) => {
    const head = Buffer.alloc(5);
    head.writeUInt8(flag, 0);
    head.writeUInt32BE(Math.min(2 ** 32 - 1, Math.max(0, message.length + lie)), 1);
    return Buffer.concat([head, message]);
  });
  const several = fc.array(one, { minLength: 1, maxLength: 3 }).map((some) => Buffer.concat(some));
  return fc.oneof(
    { weight: 5, arbitrary: one },
    { weight: 2, arbitrary: several },
    { weight: 2, arbitrary: mangled(several) },
  );
}

/** 10,000 levels: more than any stack of calls that looks into each. */
const depths = fc.constantFrom(1, 3, 90, 110, 10_000);

const payloads = fc.oneof(
  fc.nat({ max: 2 ** 31 - 1 }).map(varint),
  fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.concat([varint(bytes.length), bytes])),
  fc.string({ maxLength: 20 }).map((some) => Buffer.concat([varint(Buffer.byteLength(some)), Buffer.from(some)])),
  // Varints that never end, or are longer than any number.
  fc.constantFrom(Buffer.alloc(11, 0xff), Buffer.alloc(3, 0x80), Buffer.alloc(8, 1), Buffer.alloc(4, 0xff)),
  // A length of more than there is.
  fc.constantFrom(varint(2 ** 31 - 1), varint(1_000)),
);

/** Bits turned, or an end that is missing. */
function mangled(bytes: fc.Arbitrary<Buffer>): fc.Arbitrary<Buffer> {
  return fc.tuple(bytes, fc.array(fc.nat(), { maxLength: 4 }), fc.nat()).map(([original, flips, cut]) => {
    const copy = Buffer.from(original);
    for (const flip of copy.length > 0 ? flips : []) {
      const at = Math.floor(flip / 8) % copy.length;
      copy.writeUInt8(copy.readUInt8(at) ^ (1 << (flip % 8)), at);
    }
    return cut % 2 === 0 ? copy : copy.subarray(0, cut % (copy.length + 1));
  });
}

/** Messages in messages. */
function nested(fieldNumber: number, depth: number): Buffer {
  const tag = varint(fieldNumber * 8 + 2);
  const parts: Buffer[] = [];
  let length = 0;
  for (let level = 0; level < depth; level++) {
    const head = Buffer.concat([tag, varint(length)]);
    parts.push(head);
    length += head.length;
  }
  return Buffer.concat(parts.reverse());
}

/** Groups in groups, which nobody has used for ten years and every parser must skip. */
function groups(fieldNumber: number, depth: number): Buffer {
  const start = varint(fieldNumber * 8 + 3);
  const end = varint(fieldNumber * 8 + 4);
  return Buffer.concat([...Array<Buffer>(depth).fill(start), ...Array<Buffer>(depth).fill(end)]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  while (rest > 127) {
    bytes.push((rest % 128) + 128);
    rest = Math.floor(rest / 128);
  }
  return Buffer.from([...bytes, rest]);
}
