import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import type { ServiceImpl } from "@connectrpc/connect";
import {
  type HostKeySchema,
  type SourceSchema,
  type SourceService,
  type WebhookDeliverySchema,
  SourceIssueKind as WireIssueKind,
  WebhookOutcome as WireOutcome,
  type SourceSettings as WireSettings,
  SourceState as WireState,
} from "@tributary/proto/tributary/v1/sources_pb";
import type { Ports } from "#core/ports/index.ts";
import type { Tx } from "#core/ports/tx.ts";
import type { Project } from "#core/projects/project.ts";
import type { Source, SourceIssueKind, SourceSettings, SourceState, WebhookDelivery } from "#core/sources/source.ts";
import {
  askSync,
  createSource,
  deleteSource,
  forgetHostKeys,
  knownSource,
  updateSource,
} from "#core/sources/sources.ts";
import { repositoryHandlers } from "#facades/tributary/repositories.ts";
import { toPositionToken } from "#rpc/position.ts";
import { sshFingerprint } from "#rpc/ssh-fingerprint.ts";

const states: Readonly<Record<SourceState, WireState>> = {
  pending: WireState.PENDING,
  synchronising: WireState.SYNCHRONISING,
  synchronized: WireState.SYNCHRONIZED,
  error: WireState.ERROR,
};

const issueKinds: Readonly<Record<SourceIssueKind, WireIssueKind>> = {
  unknown: WireIssueKind.UNKNOWN,
  "auth-failure": WireIssueKind.AUTH_FAILURE,
  "repository-not-found": WireIssueKind.REPOSITORY_NOT_FOUND,
  "project-not-found": WireIssueKind.PROJECT_NOT_FOUND,
  "secret-not-found": WireIssueKind.SECRET_NOT_FOUND,
  "host-key-changed": WireIssueKind.HOST_KEY_CHANGED,
};

const outcomes: Readonly<Record<WebhookDelivery["outcome"], WireOutcome>> = {
  sync: WireOutcome.SYNC,
  ignored: WireOutcome.IGNORED,
  repeated: WireOutcome.REPEATED,
  refused: WireOutcome.REFUSED,
  unsigned: WireOutcome.UNSIGNED,
  "no-secret": WireOutcome.NO_SECRET,
};

function fromDelivery({ at, event, outcome }: WebhookDelivery): MessageInitShape<typeof WebhookDeliverySchema> {
  return { time: timestampFromMs(at), event, outcome: outcomes[outcome] };
}

/** Lines of `known_hosts`, with the fingerprint that ssh shows of a key. */
function fromHostKeys(lines: string): MessageInitShape<typeof HostKeySchema>[] {
  return lines.split("\n").flatMap((line) => {
    const [host = "", type = "", key] = line.split(" ");
    if (key === undefined) return [];
    return { host, type, fingerprint: sshFingerprint(key) };
  });
}

/** @param project - what the source contains; undefined before the first good sync */
export function fromSource(source: Source, project: Project | undefined): MessageInitShape<typeof SourceSchema> {
  const { settings } = source;
  return {
    id: source.id,
    settings: {
      repository: settings.repository,
      username: settings.username ?? "",
      secretKey: settings.secretKey ?? "",
      syncInterval: settings.syncInterval ?? "",
      runSchedules: settings.triggers ?? false,
      webhookSecretKey: settings.webhookSecretKey ?? "",
    },
    state: states[source.state],
    reason: source.reason ?? "",
    issues: source.issues.map(({ kind, explanation }) => ({ kind: issueKinds[kind], explanation })),
    nextSyncTime: timestampFromMs(source.nextSyncAt),
    createTime: timestampFromMs(source.createdAt),
    branch: source.branch ?? "",
    commit: source.commit ?? "",
    commitSubject: source.commitSubject ?? "",
    seenCommit: source.seenCommit ?? "",
    seenFile: source.seenFile ?? "",
    projectName: project?.definition.name ?? "",
    taskNames: project?.definition.tasks.flatMap(({ name }) => name ?? []) ?? [],
    webhookPath: settings.webhookSecretKey === undefined ? "" : `/hooks/sources/${source.id}`,
    hostKeys: fromHostKeys(source.hostKeys ?? ""),
    ...(source.webhook && { lastDelivery: fromDelivery(source.webhook.last) }),
    ...(source.lastSyncedAt === undefined ? {} : { lastSyncTime: timestampFromMs(source.lastSyncedAt) }),
    ...(source.commitAt === undefined ? {} : { commitTime: timestampFromMs(source.commitAt) }),
  };
}

export function toSettings(settings: WireSettings | undefined): SourceSettings {
  return {
    repository: settings?.repository ?? "",
    ...(settings?.username ? { username: settings.username } : {}),
    ...(settings?.secretKey ? { secretKey: settings.secretKey } : {}),
    ...(settings?.syncInterval ? { syncInterval: settings.syncInterval } : {}),
    ...(settings?.runSchedules ? { triggers: true } : {}),
    ...(settings?.webhookSecretKey ? { webhookSecretKey: settings.webhookSecretKey } : {}),
  };
}

/** Sources as the wire has them, by repository. */
export async function listedSources(ports: Pick<Ports, "store">) {
  const { sources, position } = await ports.store.view.listSources();
  const projects = await ports.store.transact(
    (tx: Tx, ids: readonly string[]) => tx.projects.getMany(ids),
    sources.map(({ id }) => id),
  );
  return { sources: sources.map((source) => fromSource(source, projects.get(source.id))), position };
}

export function sourceHandlers(ports: Ports): ServiceImpl<typeof SourceService> {
  const told = async (source: Source) => {
    const projects = await ports.store.transact((tx: Tx, id: string) => tx.projects.getMany([id]), source.id);
    return { source: fromSource(source, projects.get(source.id)) };
  };
  return {
    ...repositoryHandlers(ports),
    async listSources() {
      const { sources, position } = await listedSources(ports);
      return { sources, position: toPositionToken(position) };
    },
    async getSource({ id }) {
      return told(await ports.store.transact(knownSource, id));
    },
    async createSource({ settings }) {
      return told(await createSource(ports, toSettings(settings)));
    },
    async updateSource({ id, settings }) {
      return told(await updateSource(ports, { id, change: () => toSettings(settings) }));
    },
    async deleteSource({ id }) {
      await deleteSource(ports, id);
      return {};
    },
    async forgetHostKeys({ sourceId }) {
      return told(await forgetHostKeys(ports, sourceId));
    },
    async syncSource({ id }) {
      return told(await askSync(ports, id));
    },
  };
}
