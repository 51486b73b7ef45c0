import { createRouterTransport } from "@connectrpc/connect";
import { waitFor } from "@testing-library/react";
import { LogLevel, LogService, SearchEnd } from "@tributary/proto/tributary/v1/logs_pb";
import { TaskState } from "@tributary/proto/tributary/v1/tasks_pb";
import { afterEach, expect, test } from "vitest";

import { World } from "#api/fixtures/world.ts";
import { worldTransport } from "#api/fixtures/world-transport.ts";
import { findLine } from "#api/log/find-line.ts";
import { searchGrowing } from "#api/log/search-growing.ts";
import { openTaskLog } from "#api/log/task-log.ts";
import { WindowedLog } from "#lib/windowed-log.ts";

const opened: AbortController[] = [];
afterEach(() => {
  for (const each of opened.splice(0)) each.abort();
});
function signal(): AbortSignal {
  const opening = new AbortController();
  opened.push(opening);
  return opening.signal;
}

test("a search goes on with what comes, and ends with the log", async () => {
  const world = new World();
  world.putTask({ id: 1, state: TaskState.ACTIVE });
  world.writeLog(1, ["hit", "miss", "hit"]);
  const transport = worldTransport(world);
  const log = openTaskLog({ transport, taskId: 1, signal: signal() });
  await waitFor(() => expect(log.lineCount).toBe(3));
  const search = searchGrowing({ transport, query: { taskId: 1, text: "hit" }, log, limit: 2, signal: signal() });
  expect((await search.next()).value).toEqual({ lines: [1, 3], found: 2, upToDate: true });
  const next = search.next();
  world.writeLog(1, ["hit"]);
  world.putTask({ id: 1, state: TaskState.SUCCEEDED });
  // Beyond the limit lines are counted, not told.
  expect((await next).value).toEqual({ lines: [], found: 1, upToDate: true });
  await waitFor(() => expect(log.ended).toBe(true));
  const rest = await Array.fromAsync(search);
  expect(rest.reduce((sum, { found }) => sum + found, 0)).toBe(0);
});

test("a search whose time was over is asked again for the rest", async () => {
  const asked: number[] = [];
  const transport = createRouterTransport(({ service }) =>
    service(LogService, {
      async *searchLog({ firstLine }) {
        asked.push(firstLine);
        yield { lines: [firstLine], foundCount: 1, firstLine, endLine: firstLine + 5, end: SearchEnd.UNSPECIFIED };
        const end = firstLine < 20 ? SearchEnd.TIME : SearchEnd.COMPLETE;
        yield { foundCount: 1, firstLine, endLine: firstLine + 10, end };
      },
    }),
  );
  const log = new WindowedLog(async () => []);
  log.grow(30);
  log.end();
  const steps = await Array.fromAsync(
    searchGrowing({ transport, query: { taskId: 1, text: "x" }, log, limit: 9, signal: signal() }),
  );
  expect(asked).toEqual([0, 10, 20]);
  expect(steps.flatMap(({ lines }) => lines)).toEqual([1, 11, 21]);
  expect(steps.map(({ upToDate }) => upToDate)).toEqual([false, false, false, false, false, true]);
});

test("the next line of a level and the one before", async () => {
  const world = new World();
  world.putTask({ id: 1, state: TaskState.SUCCEEDED });
  world.writeLog(1, ["ERROR a", "fine", "ERROR b", "fine", "ERROR c"]);
  const transport = worldTransport(world);
  const query = { taskId: 1, levels: [LogLevel.ERROR] };
  const found = [
    await findLine(transport, query, 1, 0),
    await findLine(transport, query, 1, 1),
    await findLine(transport, query, 1, 5),
    await findLine(transport, query, -1, 5),
    await findLine(transport, query, -1, 6),
    await findLine(transport, query, -1, 1),
  ];
  expect(found).toEqual([1, 3, undefined, 3, 5, undefined]);
});
