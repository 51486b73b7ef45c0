import type { DescFile, DescService } from "@bufbuild/protobuf";
import { Code } from "@connectrpc/connect";
import { ServerReflection, type ServerReflectionRequest } from "@tributary/proto/grpc/reflection/v1/reflection_pb";
import { ServerReflection as ServerReflectionV1Alpha } from "@tributary/proto/grpc/reflection/v1alpha/reflection_pb";
import { type ServedService, serve } from "#rpc/facade.ts";
import { type DescriptorIndex, indexDescriptors } from "./descriptor-index.ts";

type Answer =
  | { readonly case: "fileDescriptorResponse"; readonly value: { fileDescriptorProto: Uint8Array[] } }
  | {
      readonly case: "allExtensionNumbersResponse";
      readonly value: { baseTypeName: string; extensionNumber: number[] };
    }
  | { readonly case: "listServicesResponse"; readonly value: { service: { name: string }[] } }
  | { readonly case: "errorResponse"; readonly value: { errorCode: Code; errorMessage: string } };
/** A request of either name. */
interface Asked {
  readonly host: string;
  readonly messageRequest: Question;
}

type Question =
  | Exclude<ServerReflectionRequest["messageRequest"], { case: "fileContainingExtension" }>
  | {
      readonly case: "fileContainingExtension";
      readonly value: { readonly containingType: string; readonly extensionNumber: number };
    };

/**
 * The standard reflection service under its two names, over which grpcurl, Postman and notebooks learn what there is.
 *
 * A file is answered with all that it imports; what was sent before on the same stream is left out.
 *
 * @param others - all other services that are mounted
 */
export function reflectionServices(others: readonly DescService[]): readonly ServedService[] {
  let known: DescriptorIndex | undefined;
  const index = () => {
    known ??= indexDescriptors([...others, ServerReflection, ServerReflectionV1Alpha]);
    return known;
  };
  // The messages of both are alike, so one implementation serves them.
  const answers = async function* <Q extends Asked>(questions: AsyncIterable<Q>) {
    const sent = new Set<DescFile>();
    for await (const originalRequest of questions) {
      const messageResponse = answer(index(), originalRequest.messageRequest, sent);
      yield { validHost: originalRequest.host, originalRequest, messageResponse };
    }
  };
  return [
    serve(ServerReflection, { serverReflectionInfo: answers }),
    serve(ServerReflectionV1Alpha, { serverReflectionInfo: answers }),
  ];
}

function answer(index: DescriptorIndex, question: Question, sent: Set<DescFile>): Answer {
  switch (question.case) {
    case "fileByFilename":
      return files(index, index.fileByName(question.value), sent, `file ${question.value}`);
    case "fileContainingSymbol":
      return files(index, index.fileOfSymbol(question.value), sent, `symbol ${question.value}`);
    case "fileContainingExtension": {
      const { containingType, extensionNumber } = question.value;
      const file = index.fileOfExtension(containingType, extensionNumber);
      return files(index, file, sent, `extension ${extensionNumber} of ${containingType}`);
    }
    case "allExtensionNumbersOfType": {
      const extensionNumber = index.extensionNumbers(question.value);
      if (extensionNumber === undefined) return notFound(`message ${question.value}`);
      const value = { baseTypeName: question.value, extensionNumber: [...extensionNumber] };
      return { case: "allExtensionNumbersResponse", value };
    }
    case "listServices":
      return { case: "listServicesResponse", value: { service: index.services.map((name) => ({ name })) } };
    default:
      return refusal(Code.InvalidArgument, "the request asks for nothing that this server knows to answer");
  }
}

function files(index: DescriptorIndex, file: DescFile | undefined, sent: Set<DescFile>, asked: string): Answer {
  if (file === undefined) return notFound(asked);
  // What was asked for by name is always answered.
  const fresh = index.withImports(file).filter((one) => one === file || !sent.has(one));
  for (const one of fresh) sent.add(one);
  return { case: "fileDescriptorResponse", value: { fileDescriptorProto: fresh.map(index.bytesOf) } };
}

function notFound(asked: string): Answer {
  return refusal(Code.NotFound, `there is no ${asked.slice(0, 300)}`);
}

function refusal(errorCode: Code, errorMessage: string): Answer {
  return { case: "errorResponse", value: { errorCode, errorMessage } };
}
