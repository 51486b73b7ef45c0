import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import type { ServiceImpl } from "@connectrpc/connect";
import {
  type SourceSchema,
  type SourceService,
  SourceIssueKind as WireIssueKind,
  type SourceSettings as WireSettings,
  SourceState as WireState,
} from "@tributary/proto/tributary/v1/sources_pb";
import type { Ports } from "#core/ports/index.ts";
import type { Tx } from "#core/ports/store.ts";
import type { Project } from "#core/projects/project.ts";
import type { Source, SourceIssueKind, SourceSettings, SourceState } from "#core/sources/source.ts";
import { askSync, createSource, deleteSource, knownSource, updateSource } from "#core/sources/sources.ts";
import { repositoryHandlers } from "#facades/tributary/repositories.ts";
import { toPositionToken } from "#rpc/position.ts";

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
};

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
    projectName: project?.definition.name ?? "",
    taskNames: project?.definition.tasks.flatMap(({ name }) => name ?? []) ?? [],
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
    async syncSource({ id }) {
      return told(await askSync(ports, id));
    },
  };
}
