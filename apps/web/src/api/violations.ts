import { BinaryReader } from "@bufbuild/protobuf/wire";
import type { ConnectError } from "@connectrpc/connect";

/** One field of a request that broke a rule. */
export interface Violation {
  /** Names from the request inwards, such as `settings.repository`. */
  readonly path: string;
  readonly message: string;
}

type Visit = (reader: BinaryReader, field: number) => boolean;

/**
 * What protovalidate found wrong with a request, from the details of its refusal.
 *
 * Source: `buf.validate.Violations`, of which three field numbers are read here: the rules' own schema is far larger
 * than all else this page needs of it.
 */
export function violationsOf(error: ConnectError): readonly Violation[] {
  return error.details.flatMap((detail) =>
    "type" in detail && detail.type === "buf.validate.Violations" ? readViolations(detail.value) : [],
  );
}

function readViolations(bytes: Uint8Array): Violation[] {
  const all: Violation[] = [];
  try {
    visit(bytes, (reader, field) => field === 1 && all.push(readViolation(reader.bytes())) > 0);
  } catch {
    // details only help: without them the message of the error stands
  }
  return all;
}

function readViolation(bytes: Uint8Array): Violation {
  let message = "";
  const names: string[] = [];
  visit(bytes, (reader, field) => {
    if (field === 3) message = reader.string();
    else if (field === 5) visit(reader.bytes(), (path, part) => part === 1 && names.push(fieldName(path.bytes())) > 0);
    else return false;
    return true;
  });
  return { path: names.join("."), message };
}

function fieldName(bytes: Uint8Array): string {
  let name = "";
  visit(bytes, (reader, field) => {
    if (field !== 2) return false;
    name = reader.string();
    return true;
  });
  return name;
}

/** Goes through the fields of a message; one that `take` does not read is skipped. */
function visit(bytes: Uint8Array, take: Visit): void {
  const reader = new BinaryReader(bytes);
  while (reader.pos < reader.len) {
    const [field, type] = reader.tag();
    if (!take(reader, field)) reader.skip(type);
  }
}
