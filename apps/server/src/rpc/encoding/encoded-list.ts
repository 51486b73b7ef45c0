import type { DescMessage, MessageInitShape, MessageShape } from "@bufbuild/protobuf";
import { MessageBytes } from "./message-bytes.ts";
import { lengthDelimited, writerOf } from "./writer-of.ts";

/** One entry of what a message carries beside its known fields. */
type Raw = NonNullable<MessageShape<DescMessage>["$unknown"]>[number];

/**
 * Encodes a repeated field of messages, to be put beside the known fields of the message that has it, where the library
 * passes it on as it is. Only for messages that are sent in binary.
 *
 * @throws Error for a type with fields of kinds that cannot be written
 */
export function encodedList<D extends DescMessage>(
  owner: DescMessage,
  name: string,
  schema: D,
): (messages: readonly MessageInitShape<D>[]) => Raw[] {
  const field = owner.field[name];
  if (field?.fieldKind !== "list" || field.message !== schema) throw new Error(`${owner.typeName} has no such ${name}`);
  const write = writerOf(schema);
  const bytes = new MessageBytes(16_384);
  return (messages) => {
    bytes.clear();
    messages.forEach((message, index) => {
      // The library writes the first one's tag.
      if (index > 0) bytes.varint(field.number * 8 + lengthDelimited);
      bytes.nested(() => write(bytes, message));
    });
    return messages.length === 0
      ? []
      : [{ no: field.number, wireType: lengthDelimited, data: Uint8Array.from(bytes.written) }];
  };
}
