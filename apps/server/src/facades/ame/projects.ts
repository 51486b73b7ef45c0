import type { ServiceImpl } from "@connectrpc/connect";
import type { AmeService, ProjectFileChunk } from "@tributary/proto/ame/v1/ame_pb";
import { RefusedError } from "#core/errors.ts";
import type { Ports } from "#core/ports/index.ts";
import { createDirectories } from "#core/projects/create-directories.ts";
import { createProject } from "#core/projects/create-project.ts";
import { uploadProjectFile } from "#core/projects/upload-project-file.ts";
import { toProjectDefinition } from "#facades/ame/translate.ts";

type ProjectHandlers = Pick<
  ServiceImpl<typeof AmeService>,
  "createProject" | "uploadProjectFile" | "createTaskProjectDirectory"
>;

export function projectHandlers(ports: Ports): ProjectHandlers {
  return {
    async createProject({ cfg, enableTriggers }) {
      // The request's switch decides; the one in the file is not consulted, as upstream.
      const project = await createProject(ports, {
        definition: toProjectDefinition(cfg),
        triggers: enableTriggers ?? false,
      });
      return { name: project.id };
    },
    async createTaskProjectDirectory({ projectid, taskid, paths }) {
      if (!taskid?.name) {
        throw new RefusedError("invalid", "taskid: is missing; say whose directories these are", "taskid");
      }
      // Clients put the id of the project where a task's name is asked for, as they do with files.
      await createDirectories(ports, { projectId: projectid || taskid.name, paths });
      return {};
    },
    async uploadProjectFile(messages) {
      const upload = new Upload(messages);
      const { projectId, path, content } = await upload.begin();
      await uploadProjectFile(ports, { projectId, path, content });
      return {};
    },
  };
}

/** At most this much may come before the identifier. */
const largestHead = 8 * 2 ** 20;

/** One file: an identifier and any number of chunks; the identifier may come anywhere, and in practice comes first. */
class Upload {
  readonly #messages: AsyncIterator<ProjectFileChunk>;

  constructor(messages: AsyncIterable<ProjectFileChunk>) {
    this.#messages = messages[Symbol.asyncIterator]();
  }

  /** Reads up to the identifier; what came before it is the head of the content. */
  async begin(): Promise<{ projectId: string; path: string; content: AsyncIterable<Uint8Array> }> {
    const head: Uint8Array[] = [];
    let size = 0;
    for (;;) {
      const { done, value } = await this.#messages.next();
      if (done) {
        throw new RefusedError(
          "invalid",
          "identifier: is missing; say which file of which project this is",
          "identifier",
        );
      }
      const { messages } = value;
      if (messages.case === "identifier") {
        const { taskid, filepath } = messages.value;
        return { projectId: taskid, path: filepath, content: this.#content(head, messages.value) };
      }
      const bytes = chunkOf(value);
      size += bytes.length;
      if (size > largestHead) {
        throw new RefusedError(
          "invalid",
          "identifier: must come before the content of a file this large",
          "identifier",
        );
      }
      head.push(bytes);
    }
  }

  async *#content(
    head: readonly Uint8Array[],
    identifier: { readonly taskid: string; readonly filepath: string },
  ): AsyncIterable<Uint8Array> {
    yield* head;
    for (;;) {
      const { done, value } = await this.#messages.next();
      if (done) return;
      const { messages } = value;
      if (messages.case !== "identifier") {
        yield chunkOf(value);
      } else if (messages.value.taskid !== identifier.taskid || messages.value.filepath !== identifier.filepath) {
        throw new RefusedError(
          "invalid",
          "identifier: changed in the middle; send each file on a stream of its own",
          "identifier",
        );
      }
    }
  }
}

function chunkOf({ messages }: ProjectFileChunk): Uint8Array {
  if (messages.case !== "chunk") {
    throw new RefusedError("invalid", "messages: holds neither identifier nor chunk", "messages");
  }
  return messages.value.contents;
}
