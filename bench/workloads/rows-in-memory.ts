import { DatabaseSync } from "node:sqlite";

// The floor of W6: the least that a queue of these rows takes, two numbers each.
const database = new DatabaseSync(process.argv[2] ?? "", { readOnly: true });
database.exec("pragma cache_size = -32768");
const { count } = database.prepare("select count(*) as count from tasks where state = 'queued'").get() as {
  count: number;
};
const ids = new Float64Array(count);
const times = new Float64Array(count);
let n = 0;
for (const row of database.prepare("select id, queued_at from tasks where state = 'queued' order by id").iterate()) {
  ids[n] = Number(row.id);
  times[n++] = Number(row.queued_at);
}
process.send?.(`${ids.at(-1)} ${times.at(-1)}`);
process.on("disconnect", () => process.exit());
