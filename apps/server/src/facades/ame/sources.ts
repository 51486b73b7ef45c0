import type { MessageInitShape } from "@bufbuild/protobuf";
import type { ServiceImpl } from "@connectrpc/connect";
import {
  type AmeService,
  type GitProjectSource,
  type ProjectSourceCfgSchema,
  ProjectSourceIssueType,
  ProjectSourceState,
  type ProjectSourceStatusSchema,
} from "@tributary/proto/ame/v1/ame_pb";
import { RefusedError } from "#core/errors.ts";
import type { Ports } from "#core/ports/index.ts";
import { followSource } from "#core/sources/follow-source.ts";
import type { Source, SourceIssueKind, SourceSettings } from "#core/sources/source.ts";
import { createSource, deleteSource, findSource, knownSource, updateSource } from "#core/sources/sources.ts";

type SourceHandlers = Pick<
  ServiceImpl<typeof AmeService>,
  | "createProjectSrc"
  | "updateProjectSrc"
  | "createResource"
  | "deleteProjectSrc"
  | "watchProjectSrc"
  | "listResource"
  | "getProjectSrcCfg"
  | "getProjectSrcStatus"
  | "getProjectSrcId"
  | "listProjectSrcs"
>;

/** Never Synchronising: the CLI takes it for a failure. While a sync runs, the state before it stands. */
const states: Readonly<Record<Source["settledState"], ProjectSourceState>> = {
  pending: ProjectSourceState.Pending,
  synchronized: ProjectSourceState.Synchronized,
  error: ProjectSourceState.Error,
};

const issueTypes: Readonly<Record<SourceIssueKind, ProjectSourceIssueType>> = {
  unknown: ProjectSourceIssueType.Unknown,
  "auth-failure": ProjectSourceIssueType.AuthFailure,
  "repository-not-found": ProjectSourceIssueType.RepositoryNotFound,
  "project-not-found": ProjectSourceIssueType.AmeProjectNotFound,
  "secret-not-found": ProjectSourceIssueType.GitSecretNotFound,
  "host-key-changed": ProjectSourceIssueType.Unknown,
};

export function toSettings(git: GitProjectSource | undefined): SourceSettings {
  if (!git) throw new RefusedError("invalid", "git: is missing; say which repository", "git");
  return {
    repository: git.repository,
    ...(git.username ? { username: git.username } : {}),
    ...(git.secret ? { secretKey: git.secret } : {}),
    ...(git.syncInterval ? { syncInterval: git.syncInterval } : {}),
  };
}

/** AME has no word for these, so its clients must not switch them off by changing something else. */
function unspoken({
  triggers,
  webhookSecretKey,
}: SourceSettings): Pick<SourceSettings, "triggers" | "webhookSecretKey"> {
  return {
    ...(triggers === undefined ? {} : { triggers }),
    ...(webhookSecretKey === undefined ? {} : { webhookSecretKey }),
  };
}

function fromSettings(settings: SourceSettings): MessageInitShape<typeof ProjectSourceCfgSchema> {
  return {
    git: {
      repository: settings.repository,
      ...(settings.username === undefined ? {} : { username: settings.username }),
      ...(settings.secretKey === undefined ? {} : { secret: settings.secretKey }),
      ...(settings.syncInterval === undefined ? {} : { syncInterval: settings.syncInterval }),
    },
  };
}

function fromStatus(source: Source): MessageInitShape<typeof ProjectSourceStatusSchema> {
  return {
    state: states[source.settledState],
    issues: source.issues.map(({ kind, explanation }) => ({ issueType: issueTypes[kind], explanation })),
    ...(source.reason === undefined ? {} : { reason: source.reason }),
    ...(source.lastSyncedAt === undefined ? {} : { lastSynced: new Date(source.lastSyncedAt).toISOString() }),
  };
}

export function sourceHandlers(ports: Ports): SourceHandlers {
  const { store } = ports;
  const known = (name: string) => store.transact(knownSource, name);
  return {
    async createProjectSrc({ git }) {
      return { name: (await createSource(ports, toSettings(git))).id };
    },
    async updateProjectSrc({ id, cfg }) {
      if (!id?.name) throw new RefusedError("invalid", "id: is missing; say which source", "id");
      if (!cfg) throw new RefusedError("invalid", "cfg: is missing; send the settings", "cfg");
      // Shallow, as upstream: git settings that are sent replace the old ones as a whole.
      const { git } = cfg;
      await updateSource(ports, {
        id: id.name,
        change: (old) => (git ? { ...toSettings(git), ...unspoken(old) } : old),
      });
      return {};
    },
    async createResource({ cfg }) {
      if (cfg.case !== "projectSrcCfg") {
        throw new RefusedError("invalid", "cfg: is empty; send a projectSrcCfg", "cfg");
      }
      const source = await createSource(ports, toSettings(cfg.value.git));
      return { id: { case: "projectSrcId" as const, value: { name: source.id } } };
    },
    async deleteProjectSrc({ name }) {
      await deleteSource(ports, name);
      return {};
    },
    async *watchProjectSrc({ name }, { signal }) {
      for await (const source of followSource(ports, name, signal)) yield fromStatus(source);
    },
    async listResource({ params }) {
      if (params.case !== "projectSourceListParams") {
        throw new RefusedError("invalid", "params: is empty; ask for projectSourceListParams", "params");
      }
      const { sources } = await store.view.listSources();
      return { ids: sources.map(({ id }) => ({ id: { case: "projectSrcId" as const, value: { name: id } } })) };
    },
    async getProjectSrcCfg({ name }) {
      return fromSettings((await known(name)).settings);
    },
    async getProjectSrcStatus({ name }) {
      return fromStatus(await known(name));
    },
    async getProjectSrcId({ repo }) {
      return { name: (await store.transact(findSource, repo)).id };
    },
    async listProjectSrcs() {
      const { sources } = await store.view.listSources();
      return { cfgs: sources.map(({ settings }) => fromSettings(settings)) };
    },
  };
}
