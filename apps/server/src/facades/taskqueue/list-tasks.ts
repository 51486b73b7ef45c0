import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { TaskListSchema, TaskSchema } from "@tributary/proto/taskqueue/taskqueue_pb";
import { RefusedError } from "#core/errors.ts";
import type { TaskCommand, View } from "#core/ports/view.ts";
import { letterOf, statesOf } from "#facades/taskqueue/letters.ts";
import { encodedList } from "#rpc/encoding/encoded-list.ts";

type WireTask = MessageInitShape<typeof TaskSchema>;

const encoded = encodedList(TaskListSchema, "tasks", TaskSchema);

/** Read and written at once, in a few tens of milliseconds. */
const tasksAtOnce = 20_000;
/** What a message may have. */
const mostBytes = 64 * 2 ** 20;

/**
 * All tasks with a letter, or all there are, by id: read and written piece by piece.
 *
 * @param isBinary - the answer is sent in protobuf's binary form
 * @throws RefusedError `exhausted` for more than a message may have
 */
export async function listTasks(view: Pick<View, "listCommands">, letter: string, isBinary: boolean) {
  const states = letter === "" ? undefined : statesOf(letter);
  if (states?.length === 0) return create(TaskListSchema);
  const tasks: WireTask[] = [];
  const written: ReturnType<typeof encoded> = [];
  let bytes = 0;
  for (let after = 0; ; ) {
    const page = await view.listCommands({
      dialect: "taskqueue",
      after,
      limit: tasksAtOnce,
      ...(states ? { states } : {}),
    });
    const matching = page.filter((task) => letter === "" || letterOf(task) === letter).map(fromCommand);
    const [raw] = encoded(matching);
    bytes += raw?.data.length ?? 0;
    if (bytes > mostBytes) throw tooMany();
    if (isBinary) written.push(...(raw ? [raw] : []));
    else tasks.push(...matching);
    const last = page.at(-1);
    if (last === undefined || page.length < tasksAtOnce) break;
    after = last.id;
  }
  return Object.assign(create(TaskListSchema, { tasks }), isBinary ? { $unknown: written } : {});
}

function fromCommand({ id, script, image = "bare", ...how }: TaskCommand): WireTask {
  return { taskId: id, command: script, container: image, status: letterOf(how) };
}

function tooMany(): RefusedError {
  return new RefusedError(
    "exhausted",
    "status_filter: the tasks that match are more than a message of 64 MiB holds; ask for those of one letter, or page through tributary.v1.TaskService/ListTasks",
    "status_filter",
  );
}
