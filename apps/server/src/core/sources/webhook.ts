import { RefusedError } from "#core/errors.ts";
import type { Ports } from "#core/ports/index.ts";
import type { Tx } from "#core/ports/tx.ts";
import { noteReads, openVersion } from "#core/secrets/read-secret.ts";
import type { SealedVersion } from "#core/secrets/secret.ts";
import type { Source, WebhookDelivery } from "#core/sources/source.ts";

/** What a git host sent to the webhook of a source. */
export interface Delivery {
  readonly sourceId: string;
  readonly body: Uint8Array;
  /** How it shows that it knows the secret: a signature of the body, or the secret itself. Unset when it shows nothing. */
  readonly proof?: { readonly kind: "signature" | "token"; readonly text: string };
  /** As the host calls it, such as `push`; empty where it does not say. */
  readonly event: string;
}

/** Signatures that are remembered of a source. */
const mostSeen = 32;
/** Deliveries that are refused are noted no more often, in milliseconds: anybody can send them. */
const refusalPause = 10_000;

interface Webhook {
  readonly source: Source;
  readonly key: string;
  readonly version: SealedVersion | undefined;
}

/** Unit of work: a source that has a webhook, with its secret. Nothing is noted of a reading that anybody can cause. */
async function readWebhook(tx: Tx, sourceId: string): Promise<Webhook | undefined> {
  const source = (await tx.sources.getMany([sourceId])).get(sourceId);
  const key = source?.settings.webhookSecretKey;
  if (!source || key === undefined) return undefined;
  const secret = (await tx.secrets.getMany([key])).get(key);
  const versions = secret ? await tx.secrets.versions([{ secretId: secret.id, version: secret.version }]) : [];
  return { source, key, version: versions[0] };
}

interface NoteDelivery {
  readonly sourceId: string;
  readonly delivery: WebhookDelivery;
  /** Of the signature, where there was one. */
  readonly mark?: string;
  readonly read?: { readonly key: string; readonly version: SealedVersion };
}

/** Unit of work: notes a delivery, and asks for the sync that it is for; answers how it ended. */
async function noteDelivery(tx: Tx, { sourceId, delivery, mark, read }: NoteDelivery): Promise<WebhookDelivery> {
  const source = (await tx.sources.getMany([sourceId])).get(sourceId);
  if (!source) return delivery;
  const { at } = delivery;
  const seen = source.webhook?.seen ?? [];
  const repeated = mark !== undefined && seen.includes(mark);
  const last: WebhookDelivery = repeated ? { ...delivery, outcome: "repeated" } : delivery;
  const marks = mark === undefined || repeated ? seen : [mark, ...seen].slice(0, mostSeen);
  await tx.sources.replace([{ source: { ...source, webhook: { last, seen: marks } }, ifRevision: source.revision }]);
  if (read) await noteReads(tx, new Map([[read.key, read.version]]), { now: at });
  await tx.journal.append([
    { kind: "source-changed", sourceId, at },
    ...(last.outcome === "sync" ? [{ kind: "source-sync-asked" as const, sourceId, at }] : []),
  ]);
  return last;
}

/** Events that say that commits have come; a host that names none means that. */
const pushes = /^(|push|push hook|tag push hook|system hook)$/i;

/**
 * Takes a delivery of a git host: one that shows the webhook's secret has the source synced. What it carries is not read.
 *
 * A signed delivery that comes again has no effect, as whoever saw it could send it. Several in a row make one sync.
 *
 * @returns undefined when the source has no webhook or the delivery does not show its secret, which a caller cannot tell
 * apart
 * @throws RefusedError `unavailable` when the secret is not there or cannot be read
 */
export async function takeDelivery(
  ports: Pick<Ports, "store" | "vault" | "clock" | "digest">,
  delivery: Delivery,
): Promise<WebhookDelivery | undefined> {
  const { store, clock, digest } = ports;
  const { sourceId, event, proof, body } = delivery;
  const webhook = await store.transact(readWebhook, sourceId);
  if (!webhook) return undefined;
  const at = clock.now();
  const { source, key, version } = webhook;
  if (!version) {
    await noteRefusal(ports, source, { at, event, outcome: "no-secret" });
    throw new RefusedError("unavailable", "the secret of this webhook is not there any more; choose another");
  }
  const secret = await openVersion(ports, key, version);
  const expected = proof?.kind === "signature" ? digest.hmacSha256(secret.trim(), body) : secret.trim();
  if (!proof || !digest.same(proof.text, expected)) {
    await noteRefusal(ports, source, { at, event, outcome: proof ? "refused" : "unsigned" });
    return undefined;
  }
  const outcome = pushes.test(event) ? "sync" : "ignored";
  const mark = proof.kind === "signature" ? digest.sha256(proof.text).slice(0, 32) : undefined;
  return store.transact(noteDelivery, {
    sourceId,
    delivery: { at, event: event.slice(0, 60), outcome },
    ...(mark === undefined ? {} : { mark }),
    read: { key, version },
  });
}

async function noteRefusal(
  { store }: Pick<Ports, "store">,
  { id, webhook }: Source,
  delivery: WebhookDelivery,
): Promise<void> {
  const last = webhook?.last;
  if (last && last.outcome === delivery.outcome && delivery.at - last.at < refusalPause) return;
  await store.transact(noteDelivery, {
    sourceId: id,
    delivery: { ...delivery, event: delivery.event.slice(0, 60).replace(/[^\x20-\x7e]/g, "") },
  });
}
