import { type DescExtension, type DescFile, type DescMessage, type DescService, toBinary } from "@bufbuild/protobuf";
import { nestedTypes } from "@bufbuild/protobuf/reflect";
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";

/** Everything that the files behind some services describe, by full name. */
export interface DescriptorIndex {
  /** Full names of the services. */
  readonly services: readonly string[];
  fileByName(name: string): DescFile | undefined;
  /** The file that describes a service, method, message, field, oneof, enum, enum value or extension. */
  fileOfSymbol(fullName: string): DescFile | undefined;
  fileOfExtension(extended: string, number: number): DescFile | undefined;
  /** Ascending; undefined for a message that no file describes. */
  extensionNumbers(extended: string): readonly number[] | undefined;
  /** A file, then all that it imports, directly or not. */
  withImports(file: DescFile): readonly DescFile[];
  /** As google.protobuf.FileDescriptorProto. */
  bytesOf(file: DescFile): Uint8Array;
}

export function indexDescriptors(services: readonly DescService[]): DescriptorIndex {
  const files = new Map<string, DescFile>();
  for (const { file } of services) for (const one of importsOf(file)) files.set(one.proto.name, one);
  const symbols = new Map<string, DescFile>();
  const extensions = new Map<string, Map<number, DescFile>>();
  for (const file of files.values()) {
    for (const name of symbolsOf(file)) symbols.set(name, file);
    for (const extension of extensionsOf(file)) {
      const numbers = extensions.get(extension.extendee.typeName) ?? new Map<number, DescFile>();
      extensions.set(extension.extendee.typeName, numbers.set(extension.number, file));
    }
  }
  const messages = new Set([...files.values()].flatMap((file) => messagesOf(file).map(({ typeName }) => typeName)));
  const encoded = new Map<DescFile, Uint8Array>();
  return {
    services: services.map(({ typeName }) => typeName).sort(),
    fileByName: (name) => files.get(name),
    fileOfSymbol: (fullName) => symbols.get(fullName),
    fileOfExtension: (extended, number) => extensions.get(extended)?.get(number),
    extensionNumbers: (extended) =>
      messages.has(extended) ? [...(extensions.get(extended)?.keys() ?? [])].sort((a, b) => a - b) : undefined,
    withImports: importsOf,
    bytesOf(file) {
      const bytes = encoded.get(file) ?? toBinary(FileDescriptorProtoSchema, file.proto);
      encoded.set(file, bytes);
      return bytes;
    },
  };
}

function importsOf(file: DescFile): DescFile[] {
  const found = new Set([file]);
  // A set goes on to what is added while it is walked.
  for (const one of found) for (const imported of one.dependencies) found.add(imported);
  return [...found];
}

function messagesOf(file: DescFile): DescMessage[] {
  return [...nestedTypes(file)].filter((type) => type.kind === "message");
}

function extensionsOf(file: DescFile): DescExtension[] {
  return [...nestedTypes(file)].filter((type) => type.kind === "extension");
}

function* symbolsOf(file: DescFile): Iterable<string> {
  for (const type of nestedTypes(file)) {
    yield type.typeName;
    if (type.kind === "message") for (const { name } of type.members) yield `${type.typeName}.${name}`;
    if (type.kind === "service") for (const { name } of type.methods) yield `${type.typeName}.${name}`;
    // An enum's values are its siblings by name.
    if (type.kind === "enum") for (const { name } of type.values) yield `${scopeOf(type.typeName)}${name}`;
  }
}

function scopeOf(fullName: string): string {
  return fullName.slice(0, fullName.lastIndexOf(".") + 1);
}
