import { globSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import grpc from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";

const protos = fileURLToPath(new URL("../../../../proto", import.meta.url));

/**
 * A stand-in for grpcurl, as far as the dashboard writes commands for it: the same arguments, the call over
 * gRPC by the `.proto` files alone, the answer as JSON. Whatever else is asked of it is an error.
 */
async function main(): Promise<void> {
  // grpcurl's long options have one dash
  const args = process.argv.slice(2).map((word) => (/^-[a-z]{2,}/.test(word) ? `-${word}` : word));
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      plaintext: { type: "boolean" },
      d: { type: "string", short: "d" },
      H: { type: "string", short: "H", multiple: true },
    },
  });
  const [address = "", path = "", ...more] = positionals;
  const [service = "", method = ""] = path.split("/");
  if (!values.plaintext || more.length > 0 || method === "") throw new Error(`cannot read ${args.join(" ")}`);
  const metadata = new grpc.Metadata();
  for (const header of values.H ?? []) metadata.set(...splitHeader(header));
  const credentials = grpc.credentials.createInsecure();
  const includeDirs = [`${protos}/tributary`, `${protos}/validate`];
  const files = globSync("tributary/v1/*.proto", { cwd: `${protos}/tributary` });
  const schema = loadSync(files, { includeDirs, enums: String, longs: String });
  // biome-ignore lint/suspicious/noExplicitAny: grpc-js makes clients whose types nobody knows beforehand
  let found: any = grpc.loadPackageDefinition(schema);
  for (const name of service.split(".")) found = found[name];
  const client = new found(address, credentials);
  const name = method[0]?.toLowerCase() + method.slice(1);
  const answer = await new Promise((resolve, reject) => {
    client[name](JSON.parse(values.d ?? "{}"), metadata, (error: Error | null, told: unknown) =>
      error ? reject(error) : resolve(told),
    );
  });
  client.close();
  console.log(JSON.stringify(answer));
}

function splitHeader(header: string): [name: string, value: string] {
  const colon = header.indexOf(":");
  return [header.slice(0, colon), header.slice(colon + 1).trim()];
}

await main();
process.exit();
