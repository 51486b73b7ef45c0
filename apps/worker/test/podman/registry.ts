import { createReadStream, existsSync, readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";

/**
 * A registry on loopback that has one image, `team/tiny:1`, from a folder that `podman save --format oci-dir` made. It
 * knows no other image, and lets nobody have what begins with `private/`.
 */
export class Registry {
  readonly #folder: string;
  readonly #server: Server;
  /** Blobs that were asked for. */
  blobs = 0;

  constructor(folder: string) {
    this.#folder = folder;
    this.#server = createServer((request, response) => {
      const [, path = ""] = /^\/v2\/(.*)$/.exec(request.url ?? "") ?? [];
      const refuse = (status: number, code: string) => {
        response.writeHead(status, { "content-type": "application/json" });
        response.end(JSON.stringify({ errors: [{ code, message: code.toLowerCase().replace("_", " ") }] }));
      };
      if (path === "") return response.end("{}");
      if (path.startsWith("private/")) return refuse(403, "DENIED");
      const [, kind, reference = ""] = /^team\/tiny\/(manifests|blobs)\/(.+)$/.exec(path) ?? [];
      const digest = reference === "1" ? this.#manifest() : reference;
      const blob = join(this.#folder, "blobs", digest.replace(":", "/"));
      if (!kind || !digest.startsWith("sha256:") || !existsSync(blob)) return refuse(404, "MANIFEST_UNKNOWN");
      if (kind === "blobs") this.blobs++;
      const type = kind === "manifests" ? "application/vnd.oci.image.manifest.v1+json" : "application/octet-stream";
      response.writeHead(200, { "content-type": type, "docker-content-digest": digest });
      createReadStream(blob).pipe(response);
    });
  }

  /** Answers `127.0.0.1:port`. */
  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #manifest(): string {
    const index: { manifests: { digest: string }[] } = JSON.parse(
      readFileSync(join(this.#folder, "index.json"), "utf8"),
    );
    return index.manifests[0]?.digest ?? "";
  }
}
