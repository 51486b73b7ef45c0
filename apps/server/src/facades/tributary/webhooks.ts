import type { Ports } from "#core/ports/index.ts";
import type { WebhookDelivery } from "#core/sources/source.ts";
import { type Delivery, takeDelivery } from "#core/sources/webhook.ts";
import type { HttpRoute, RouteCaller } from "#rpc/facade.ts";

type WebhookPorts = Pick<Ports, "store" | "vault" | "clock" | "digest" | "audit">;

/** More than git hosts send of a push. */
const mostBytes = 5 * 2 ** 20;
const slowest = 30_000;

const says: Readonly<Record<WebhookDelivery["outcome"], string>> = {
  sync: "the source is being synced",
  ignored: "taken; nothing is done for this event",
  repeated: "this delivery was taken before; nothing is done again",
  refused: "",
  unsigned: "",
  "no-secret": "",
};

/**
 * Where git hosts tell that commits have come: GitHub and Gitea by their signature, GitLab by its token, all others by
 * `Authorization: Bearer`. It is open to everybody; what counts is the proof.
 */
export function webhookRoutes(ports: WebhookPorts): readonly HttpRoute[] {
  return [
    {
      method: "POST",
      path: "/hooks/sources/:sourceId",
      async handle(request, { sourceId = "" }, caller) {
        const body = await readBody(request);
        if (body === undefined) return answer(413, `a delivery has ${mostBytes} bytes at most; send push events only`);
        const delivery = toDelivery(sourceId, request.headers, body);
        const taken = await takeDelivery(ports, delivery);
        if (!taken) return answer(401, "no webhook here has this secret; compare it with the source's");
        await note(ports, sourceId, caller, taken);
        return answer(taken.outcome === "sync" ? 202 : 200, says[taken.outcome]);
      },
    },
  ];
}

function answer(status: number, text: string): Response {
  return new Response(`${text}\n`, { status, headers: { "content-type": "text/plain; charset=utf-8" } });
}

function toDelivery(sourceId: string, headers: Headers, body: Uint8Array): Delivery {
  const event = headers.get("x-github-event") ?? headers.get("x-gitlab-event") ?? headers.get("x-gitea-event") ?? "";
  const signature = /^(?:sha256=)?([0-9a-f]{64})$/i.exec(
    headers.get("x-hub-signature-256") ?? headers.get("x-gitea-signature") ?? "",
  )?.[1];
  if (signature) return { sourceId, body, event, proof: { kind: "signature", text: signature.toLowerCase() } };
  const bearer = /^bearer +(.+)$/i.exec(headers.get("authorization") ?? "")?.[1];
  const token = headers.get("x-gitlab-token") ?? bearer?.trim();
  return { sourceId, body, event, ...(token ? { proof: { kind: "token", text: token } } : {}) };
}

/** Undefined when it is too large; what comes too slowly is broken off. */
async function readBody({ body }: Request): Promise<Uint8Array | undefined> {
  if (!body) return new Uint8Array();
  const chunks: Uint8Array[] = [];
  let size = 0;
  const late = setTimeout(() => void reader.cancel(new Error("too slow")), slowest);
  const reader = body.getReader();
  try {
    for (let read = await reader.read(); !read.done; read = await reader.read()) {
      size += read.value.length;
      if (size > mostBytes) return undefined;
      chunks.push(read.value);
    }
    return Buffer.concat(chunks);
  } finally {
    clearTimeout(late);
    reader.cancel().catch(() => {});
  }
}

/** For the trail it is a call like any other, made by the webhook. */
function note(
  { audit }: WebhookPorts,
  sourceId: string,
  { address, requestId }: RouteCaller,
  { event, outcome }: WebhookDelivery,
): Promise<void> {
  const targets = [
    { field: "source_id", value: sourceId },
    { field: "event", value: event },
    { field: "outcome", value: outcome },
  ];
  return audit.note({
    principal: "webhook",
    address,
    rpc: "POST /hooks/sources/:sourceId",
    targets,
    outcome: "ok",
    requestId,
  });
}
