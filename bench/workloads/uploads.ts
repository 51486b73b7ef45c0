import { createHash } from "node:crypto";
import { type Client, createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { AmeService } from "@tributary/proto/ame/v1/ame_pb";
import { ProjectService } from "@tributary/proto/tributary/v1/projects_pb";
import { chunksOf } from "../../apps/server/test/wire/ame-cli/ame-cli.ts";
import { CliSession } from "../../apps/server/test/wire/ame-cli/cli-session.ts";
import { Serving } from "../harness/serving.ts";
import type { Workload } from "../harness/workload.ts";
import { withGrpcJsFiles } from "../peers/grpc-js-files.ts";
import { tryPeer } from "../peers/try-peer.ts";

const count = 10_000;
/** What AME's command line sends at once. */
const chunk = 1_000;
const batch = 2_000;

const pathOf = (n: number) => `src/${n % 100}/module-${n}.py`;
const contentOf = (n: number) => Buffer.from(`# module ${n}\n${"x = 1\n".repeat(250)}`);

/** As AME's command line does it: a stream a file, one after the other, over one connection. Answers files a second. */
async function oneByOne(url: string, project: string): Promise<number> {
  const session = new CliSession(url);
  const start = performance.now();
  for (let n = 0; n < count; n++) {
    await session.upload(AmeService.method.uploadProjectFile, chunksOf(project, `./${pathOf(n)}`, contentOf(n), chunk));
  }
  session.close();
  return (count * 1_000) / (performance.now() - start);
}

/** As our own command line does it: told by hash, then what is missing on one stream. Answers files a second. */
async function batches(projects: Client<typeof ProjectService>): Promise<number> {
  const { project } = await projects.createProject({ fileText: "name: uploaded\n" });
  const projectId = project?.id ?? "";
  const start = performance.now();
  for (let from = 0; from < count; from += batch) {
    const files = Array.from({ length: batch }, (_, index) => {
      const content = contentOf(from + index);
      const sha256 = createHash("sha256").update(content).digest("hex");
      return { path: pathOf(from + index), sizeBytes: BigInt(content.length), sha256 };
    });
    const { missing } = await projects.reuseProjectFiles({ projectId, files });
    if (missing.length === 0) continue;
    await projects.uploadProjectFiles(
      (async function* () {
        yield { part: { case: "projectId" as const, value: projectId } };
        for (const place of missing) {
          const file = files[place];
          if (file) yield { part: { case: "file" as const, value: file } };
          yield { part: { case: "content" as const, value: new Uint8Array(contentOf(from + place)) } };
        }
      })(),
    );
  }
  return (count * 1_000) / (performance.now() - start);
}

export const uploads: Workload = {
  name: "W8",
  about: "10,000 files of 1.5 KB uploaded",
  async run({ say }) {
    say("W8: as AME's command line does");
    const ours = await Serving.with({ slots: 1 }, async ({ process: { url }, transport }) => {
      const { name } = await createClient(AmeService, transport).createProject({ cfg: { name: "uploaded" } });
      return oneByOne(url, name);
    });
    say("W8: grpc-js");
    const floor = await tryPeer(say, async () => ({
      name: "grpc-js, writing the same files",
      value: await withGrpcJsFiles((url) => oneByOne(url, "uploaded")),
      share: 0.3,
    }));
    say("W8: as our own command line does");
    const own = await Serving.with({ slots: 1 }, async ({ process: { url } }) => {
      const projects = createClient(ProjectService, createGrpcTransport({ baseUrl: url }));
      return { first: await batches(projects), again: await batches(projects) };
    });
    return [
      {
        workload: "W8",
        what: "files over AME, a stream each, one after the other",
        value: ours,
        unit: "/s",
        beside: floor,
        note: "each file is hashed, on the disk under its hash with the names of its folder, and in the store, before it is answered",
      },
      {
        workload: "W8",
        what: "files on one stream, by our own command line",
        value: own.first,
        unit: "/s",
        beside: [{ name: "the same over AME", value: ours }],
      },
      {
        workload: "W8",
        what: "the same again, when nothing has changed",
        value: own.again,
        unit: "/s",
        beside: [{ name: "the first time", value: own.first }],
      },
    ];
  },
};
