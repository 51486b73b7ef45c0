import { createHmac } from "node:crypto";
import { connect } from "node:net";
import { createClient } from "@connectrpc/connect";
import { SecretService } from "@tributary/proto/tributary/v1/secrets_pb";
import { SourceService, WebhookOutcome } from "@tributary/proto/tributary/v1/sources_pb";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { newCanary } from "#test/canaries.ts";
import { type AppServer, startApp } from "#test/wire/app/app-server.ts";

let server: AppServer;
let id: string;
let secret: string;
const sources = () => createClient(SourceService, server.inside.transport());
const secrets = () => createClient(SecretService, server.inside.transport());

beforeEach(async () => {
  server = await startApp({ auth: "required" });
  secret = newCanary();
  await secrets().createSecret({ key: "hook", value: secret });
  const { source } = await sources().createSource({
    settings: { repository: "https://git.invalid/a.git", webhookSecretKey: "hook" },
  });
  id = source?.id ?? "";
});
afterEach(() => server.close());

const sign = (body: string, key = secret) => `sha256=${createHmac("sha256", key).update(body).digest("hex")}`;

async function deliver(headers: Readonly<Record<string, string>>, body = "{}", to = id) {
  const answer = await fetch(`${server.url}/hooks/sources/${to}`, { method: "POST", headers, body });
  return { status: answer.status, text: await answer.text() };
}

/** How often a sync was asked for since the source was made. */
async function syncsAsked(): Promise<number> {
  const { store } = server.inside.ports;
  let asked = 0;
  const stop = new AbortController();
  const end = store.position();
  for await (const entries of store.follow(0, stop.signal)) {
    asked += entries.filter(({ kind }) => kind === "source-sync-asked").length;
    if (entries.some(({ position }) => position >= end)) break;
  }
  stop.abort();
  return asked - 1;
}

const lastOutcome = async () => (await sources().getSource({ id })).source?.lastDelivery;

describe("a webhook", () => {
  it.each([
    ["GitHub's signature", () => ({ "x-hub-signature-256": sign("{}"), "x-github-event": "push" }), "push"],
    ["Gitea's signature", () => ({ "x-gitea-signature": sign("{}").slice(7), "x-gitea-event": "push" }), "push"],
    ["GitLab's token", () => ({ "x-gitlab-token": secret, "x-gitlab-event": "Push Hook" }), "Push Hook"],
    ["a bearer token", () => ({ authorization: `Bearer ${secret}` }), ""],
  ])("has the source synced for %s", async (_, headers, event) => {
    expect(await deliver(headers())).toEqual({ status: 202, text: "the source is being synced\n" });
    expect(await syncsAsked()).toBe(1);
    expect(await lastOutcome()).toMatchObject({ event, outcome: WebhookOutcome.SYNC });
    expect((await sources().getSource({ id })).source?.webhookPath).toBe(`/hooks/sources/${id}`);
    expect((await secrets().listSecrets({})).secrets[0]?.lastReadTime).toBeDefined();
  });

  it.each([
    ["another secret's signature", () => ({ "x-hub-signature-256": sign("{}", "other") }), WebhookOutcome.REFUSED],
    ["a signature of another body", () => ({ "x-hub-signature-256": sign("[]") }), WebhookOutcome.REFUSED],
    ["another token", () => ({ "x-gitlab-token": "other" }), WebhookOutcome.REFUSED],
    ["the beginning of the token", () => ({ authorization: `Bearer ${secret.slice(0, -1)}` }), WebhookOutcome.REFUSED],
    ["no proof", () => ({}), WebhookOutcome.UNSIGNED],
  ])("does nothing for %s, and shows that it came", async (_, headers, outcome) => {
    expect((await deliver(headers())).status).toBe(401);
    expect(await syncsAsked()).toBe(0);
    expect(await lastOutcome()).toMatchObject({ outcome });
  });

  it("does not tell a source without a webhook from a wrong secret", async () => {
    const { source } = await sources().createSource({ settings: { repository: "https://git.invalid/b.git" } });
    const headers = { authorization: `Bearer ${secret}` };
    const wrong = await deliver({ authorization: "Bearer no" });
    expect(await deliver(headers, "{}", source?.id)).toEqual(wrong);
    expect(await deliver(headers, "{}", "nope")).toEqual(wrong);
  });

  it("takes a signed delivery once", async () => {
    const headers = { "x-hub-signature-256": sign("{}"), "x-github-event": "push" };
    expect((await deliver(headers)).status).toBe(202);
    expect(await deliver(headers)).toMatchObject({ status: 200, text: expect.stringContaining("taken before") });
    expect(await syncsAsked()).toBe(1);
    expect(await lastOutcome()).toMatchObject({ outcome: WebhookOutcome.REPEATED });
    const next = '{"after": "2"}';
    expect((await deliver({ ...headers, "x-hub-signature-256": sign(next) }, next)).status).toBe(202);
    expect(await syncsAsked()).toBe(2);
  });

  it("answers a ping without a sync", async () => {
    const headers = { "x-hub-signature-256": sign("{}"), "x-github-event": "ping" };
    expect((await deliver(headers)).status).toBe(200);
    expect(await syncsAsked()).toBe(0);
    expect(await lastOutcome()).toMatchObject({ event: "ping", outcome: WebhookOutcome.IGNORED });
  });

  it("refuses a delivery that is too large, and goes on", async () => {
    const large = "x".repeat(5 * 2 ** 20 + 1);
    // It may be told while it still sends.
    const status = await deliver({ "x-hub-signature-256": sign(large) }, large).then(
      (answer) => answer.status,
      () => 413,
    );
    expect(status).toBe(413);
    const most = "x".repeat(5 * 2 ** 20);
    expect((await deliver({ "x-hub-signature-256": sign(most) }, most)).status).toBe(202);
  });

  it("takes a caller that goes away for no fault", async () => {
    const socket = connect(server.port, "127.0.0.1");
    socket.write(`POST /hooks/sources/${id} HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100\r\n\r\n{`);
    socket.end();
    socket.destroy();
    expect((await deliver({ authorization: `Bearer ${secret}` })).status).toBe(202);
    expect(server.inside.faults).toEqual([]);
  });

  it("says so when its secret was deleted, and goes on with a new one", async () => {
    await secrets().deleteSecret({ key: "hook" });
    expect(await deliver({ authorization: `Bearer ${secret}` })).toMatchObject({ status: 503 });
    expect(await lastOutcome()).toMatchObject({ outcome: WebhookOutcome.NO_SECRET });
    const other = newCanary();
    await secrets().createSecret({ key: "hook", value: `${other}\n` });
    expect((await deliver({ authorization: `Bearer ${secret}` })).status).toBe(401);
    expect((await deliver({ authorization: `Bearer ${other}` })).status).toBe(202);
  });

  it("is in the audit trail", async () => {
    await deliver({ authorization: `Bearer ${secret}` });
    const { audit } = server.inside.ports;
    await audit.settled();
    const { events } = await server.inside.ports.store.view.listAuditEvents({
      filter: { rpc: "POST /hooks" },
      limit: 10,
    });
    expect(events).toMatchObject([
      {
        principal: "webhook",
        outcome: "ok",
        address: expect.stringContaining("127.0.0.1"),
        targets: expect.arrayContaining([{ field: "source_id", value: id }]),
      },
    ]);
    expect(JSON.stringify(events)).not.toContain(secret);
  });
});
