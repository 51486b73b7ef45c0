import { DatabaseSync, type SQLInputValue } from "node:sqlite";
import { fromBinary, toBinary } from "@bufbuild/protobuf";
import { Server, ServerCredentials, type ServerUnaryCall, type sendUnaryData } from "@grpc/grpc-js";
import { TaskQueue } from "@tributary/proto/taskqueue/taskqueue_pb";

type Row = Record<string, SQLInputValue>;
type Ask = ReturnType<typeof decode>;
type Answer = { readonly $typeName: "taskqueue.TaskResponse"; readonly taskId: number };

const { input, output } = TaskQueue.method.submitTask;
const decode = (bytes: Buffer) => fromBinary(input, bytes);

/** A database in which a server has left one submitted task: the rows that every call is to write. */
const database = new DatabaseSync(process.argv[2] ?? "");
database.exec("pragma journal_mode = wal; pragma synchronous = full; pragma wal_autocheckpoint = 8000");
database.exec("pragma cache_size = -32768");

const last = (table: string, order: string, count = 1) =>
  database.prepare(`select * from ${table} order by ${order} desc limit ${count}`).all() as Row[];
const [task, spec, event] = [
  last("tasks", "id")[0]!,
  last("task_specs", "task_id")[0]!,
  last("audit_events", "id")[0]!,
];
const entries = last("journal", "position", 2).reverse();
const specOf = JSON.parse(String(spec.body)) as object;

/** Writes rows like one that is there. */
function inserter(table: string, like: Row): (row: Row) => void {
  const names = Object.keys(like);
  const places = names.map(() => "?").join(", ");
  const statement = database.prepare(`insert into ${table} (${names.join(", ")}) values (${places})`);
  return (row) => void statement.run(...names.map((name) => row[name]!));
}
const put = {
  task: inserter("tasks", task),
  spec: inserter("task_specs", spec),
  entry: inserter("journal", entries[0]!),
  event: inserter("audit_events", event),
};

let id = Number(task.id);
let position = Number(entries.at(-1)!.position);

function write({ command }: Ask): number {
  id += 1;
  put.task({ ...task, id, name: String(id), created_at: Date.now() });
  put.spec({ ...spec, task_id: id, body: JSON.stringify({ ...specOf, command: { kind: "shell", script: command } }) });
  for (const entry of entries) {
    position += 1;
    const told = JSON.stringify({ ...(JSON.parse(String(entry.entry)) as object), taskId: id, at: Date.now() });
    put.entry({ ...entry, position, entry: told });
  }
  put.event({ ...event, id: `${String(event.id)}${id}` });
  return id;
}

/** `grouped`: calls of one turn of the loop share a transaction; otherwise each has its own. */
const isGrouped = process.argv[3] === "grouped";

/** SQLite makes them durable; then they are answered. */
let waiting: { readonly ask: Ask; readonly answer: sendUnaryData<Answer> }[] = [];

function commit(): void {
  const calls = waiting;
  waiting = [];
  database.exec("begin immediate");
  const ids = calls.map(({ ask }) => write(ask));
  database.exec("commit");
  for (const [index, { answer }] of calls.entries()) {
    answer(null, { $typeName: "taskqueue.TaskResponse", taskId: ids[index]! });
  }
}

const server = new Server();
server.addService(
  {
    SubmitTask: {
      path: "/taskqueue.TaskQueue/SubmitTask",
      requestStream: false,
      responseStream: false,
      requestSerialize: (ask: Ask) => Buffer.from(toBinary(input, ask)),
      requestDeserialize: decode,
      responseSerialize: (answer: Answer) => Buffer.from(toBinary(output, answer)),
      responseDeserialize: (bytes: Buffer) => fromBinary(output, bytes),
    },
  },
  {
    SubmitTask({ request }: ServerUnaryCall<Ask, Answer>, answer: sendUnaryData<Answer>) {
      waiting.push({ ask: request, answer });
      if (!isGrouped) commit();
      else if (waiting.length === 1) setImmediate(commit);
    },
  },
);
server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) => {
  if (error) throw error;
  process.send?.(port);
});
process.on("disconnect", () => process.exit());
