import type { DescMethodServerStreaming, DescMethodUnary } from "@bufbuild/protobuf";

/** One call of the server, as it would be written elsewhere. */
export interface Call {
  readonly method: DescMethodUnary | DescMethodServerStreaming;
  /** The request as JSON. */
  readonly request: Readonly<Record<string, unknown>>;
  /** The same for our own command line: its words behind `tributary`. Unset where it has none. */
  readonly cli?: readonly string[];
}

/** Where calls go, and whether they say who calls: by a token in `TRIBUTARY_TOKEN`, never by one in the text. */
export interface CallTarget {
  readonly origin: string;
  readonly needsToken: boolean;
}

const here = (): CallTarget => ({ origin: location.origin, needsToken: false });

/** The call for a shell with curl, over Connect. */
export function curlCommand({ method, request }: Call, { origin, needsToken } = here()): string {
  const token = needsToken ? ` -H "authorization: Bearer $TRIBUTARY_TOKEN"` : "";
  const parts = [
    `curl ${origin}/${path(method)}`,
    `-H 'content-type: application/json'${token}`,
    `-d ${quote(JSON.stringify(request))}`,
  ];
  return parts.join(" \\\n  ");
}

/** The command of our own command line. */
export function cliCommand(words: readonly string[], { origin } = here()): string {
  const spelled = words.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : quote(word)));
  return ["tributary", ...spelled, "--server", origin].join(" ");
}

/** The call for a shell with grpcurl, over gRPC. */
export function grpcurlCommand({ method, request }: Call, { origin, needsToken } = here()): string {
  const { protocol, host, port } = new URL(origin);
  const plain = protocol === "http:" ? "-plaintext " : "";
  const token = needsToken ? '-H "authorization: Bearer $TRIBUTARY_TOKEN" ' : "";
  const address = port === "" ? `${host}:${protocol === "http:" ? 80 : 443}` : host;
  return `grpcurl ${plain}${token}-d ${quote(JSON.stringify(request))} ${address} ${path(method)}`;
}

/** The call for Python with nothing but its standard library. */
export function pythonSnippet({ method, request }: Call, { origin, needsToken } = here()): string {
  const token = needsToken ? ', "authorization": "Bearer " + os.environ["TRIBUTARY_TOKEN"]' : "";
  return [
    `import json, ${needsToken ? "os, " : ""}urllib.request`,
    "",
    "call = urllib.request.Request(",
    `    "${origin}/${path(method)}",`,
    `    data=json.dumps(${toPython(request)}).encode(),`,
    `    headers={"content-type": "application/json"${token}},`,
    ")",
    "answer = json.load(urllib.request.urlopen(call))",
    "print(json.dumps(answer, indent=2))",
  ].join("\n");
}

/** The call for a JavaScript notebook (Deno, Observable) or a console: nothing is installed. */
export function javascriptSnippet({ method, request }: Call, { origin, needsToken } = here()): string {
  const token = needsToken ? `, authorization: "Bearer " + Deno.env.get("TRIBUTARY_TOKEN")` : "";
  return [
    `const answer = await fetch("${origin}/${path(method)}", {`,
    '  method: "POST",',
    `  headers: { "content-type": "application/json"${token} },`,
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
