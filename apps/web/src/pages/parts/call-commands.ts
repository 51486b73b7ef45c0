import type { DescMethodServerStreaming, DescMethodUnary } from "@bufbuild/protobuf";

/** One call of the server, as it would be written elsewhere. */
export interface Call {
  readonly method: DescMethodUnary | DescMethodServerStreaming;
  /** The request as JSON. */
  readonly request: Readonly<Record<string, unknown>>;
}

/** The call for a shell with curl, over Connect. */
export function curlCommand({ method, request }: Call, origin = location.origin): string {
  return `curl ${origin}/${path(method)} -H 'content-type: application/json' -d ${quote(JSON.stringify(request))}`;
}

/** The call for a shell with grpcurl, over gRPC. */
export function grpcurlCommand({ method, request }: Call, { protocol, host } = location): string {
  const plain = protocol === "http:" ? "-plaintext " : "";
  return `grpcurl ${plain}-d ${quote(JSON.stringify(request))} ${host} ${path(method)}`;
}

/** The call for Python with nothing but its standard library. */
export function pythonSnippet({ method, request }: Call, origin = location.origin): string {
  return [
    "import json, urllib.request",
    "",
    "call = urllib.request.Request(",
    `    "${origin}/${path(method)}",`,
    `    data=json.dumps(${toPython(request)}).encode(),`,
    `    headers={"content-type": "application/json"},`,
    ")",
    "print(json.load(urllib.request.urlopen(call)))",
  ].join("\n");
}

/** The call for a JavaScript notebook (Deno, Observable) or a console: nothing is installed. */
export function javascriptSnippet({ method, request }: Call, origin = location.origin): string {
  return [
    `const answer = await fetch("${origin}/${path(method)}", {`,
    '  method: "POST",',
    '  headers: { "content-type": "application/json" },',
    `  body: JSON.stringify(${JSON.stringify(request)}),`,
    "});",
    "if (!answer.ok) throw new Error(await answer.text());",
    "await answer.json()",
  ].join("\n");
}

function path(method: Call["method"]): string {
  return `${method.parent.typeName}/${method.name}`;
}

/** One word of a shell, whatever is in it. */
export function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function toPython(value: unknown): string {
  if (value === true) return "True";
  if (value === false) return "False";
  if (value === null || value === undefined) return "None";
  if (Array.isArray(value)) return `[${value.map(toPython).join(", ")}]`;
  if (typeof value === "object")
    return `{${Object.entries(value)
      .map(([key, part]) => `${JSON.stringify(key)}: ${toPython(part)}`)
      .join(", ")}}`;
  return JSON.stringify(value);
}
