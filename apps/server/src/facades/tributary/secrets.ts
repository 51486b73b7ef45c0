import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import type { ServiceImpl } from "@connectrpc/connect";
import type { SecretSchema, SecretService, SecretVersionSchema } from "@tributary/proto/tributary/v1/secrets_pb";
import type { Ports } from "#core/ports/index.ts";
import type { Project } from "#core/projects/project.ts";
import type { Secret, SecretVersion } from "#core/secrets/secret.ts";
import { createSecret, deleteSecret, getSecretHistory, replaceSecret } from "#core/secrets/secrets.ts";
import type { Source } from "#core/sources/source.ts";
import { keyRingHandlers } from "#facades/tributary/key-ring.ts";
import { principalOf } from "#rpc/auth.ts";
import { toPositionToken } from "#rpc/position.ts";

interface Users {
  readonly projects: readonly Project[];
  readonly sources: readonly Source[];
}

function fromSecret(secret: Secret, users: Users): MessageInitShape<typeof SecretSchema> {
  return {
    key: secret.key,
    version: secret.version,
    createTime: timestampFromMs(secret.createdAt),
    createdBy: secret.createdBy,
    updateTime: timestampFromMs(secret.updatedAt),
    updatedBy: secret.updatedBy,
    lastReadByTaskId: secret.lastReadBy ?? 0,
    usedByTasks: tasksThatRead(secret.key, users.projects),
    usedBySources: users.sources.filter((source) => asksFor(source, secret.key)).map(({ id }) => id),
    ...(secret.lastReadAt === undefined ? {} : { lastReadTime: timestampFromMs(secret.lastReadAt) }),
  };
}

function fromVersion(version: SecretVersion): MessageInitShape<typeof SecretVersionSchema> {
  return {
    version: version.version,
    createTime: timestampFromMs(version.createdAt),
    createdBy: version.createdBy,
    lastReadByTaskId: version.lastReadBy ?? 0,
    valueKept: version.keyId !== undefined,
    ...(version.lastReadAt === undefined ? {} : { lastReadTime: timestampFromMs(version.lastReadAt) }),
  };
}

/** A source reads one secret to fetch, and one to tell deliveries of its webhook from others'. */
function asksFor({ settings: { secretKey, webhookSecretKey } }: Source, key: string): boolean {
  return secretKey === key || webhookSecretKey === key;
}

/** Tasks and templates that name the secret, as `project/task`. */
function tasksThatRead(key: string, projects: readonly Project[]): string[] {
  const names = projects.flatMap(({ definition }) =>
    [...definition.tasks, ...definition.templates]
      .filter(({ secrets }) => secrets.some((reference) => reference.key === key))
      .map(({ name }) => `${definition.name}/${name ?? ""}`),
  );
  return [...new Set(names)].sort();
}

export function secretHandlers(ports: Ports): ServiceImpl<typeof SecretService> {
  const { store } = ports;
  const users = async (): Promise<Users> => {
    const [listed, { sources }] = await Promise.all([store.view.listProjects(), store.view.listSources()]);
    return { projects: listed.map(({ project }) => project), sources };
  };
  return {
    ...keyRingHandlers(ports),
    async listSecrets() {
      const [{ secrets, position }, usedBy] = await Promise.all([store.view.listSecrets(), users()]);
      return {
        secrets: secrets.map((secret) => fromSecret(secret, usedBy)),
        position: toPositionToken(position),
      };
    },
    async createSecret({ key, value }, context) {
      const secret = await createSecret(ports, { key, value, by: principalOf(context).name });
      return { secret: fromSecret(secret, await users()) };
    },
    async replaceSecret({ key, value }, context) {
      const secret = await replaceSecret(ports, { key, value, by: principalOf(context).name });
      return { secret: fromSecret(secret, await users()) };
    },
    async listSecretVersions({ key }) {
      const { versions } = await getSecretHistory(ports, key);
      return { versions: versions.map(fromVersion) };
    },
    async deleteSecret({ key }, context) {
      await deleteSecret(ports, { key, by: principalOf(context).name });
      return {};
    },
  };
}
