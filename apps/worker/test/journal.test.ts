import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { create, toJson } from "@bufbuild/protobuf";
import {
  type Assignment,
  AssignmentSchema,
  AttemptEndSchema,
  type AttemptReport,
  AttemptReportSchema,
} from "@tributary/proto/tributary/v1/dispatch_pb";
import { AttemptOutcome, AttemptPhase } from "@tributary/proto/tributary/v1/tasks_pb";
import { afterEach, beforeEach, expect, test } from "vitest";
import { AttemptJournal, readJournal } from "../src/journal.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tributary-journal-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const assignment: Assignment = create(AssignmentSchema, {
  attempt: { taskId: 7, number: 2 },
  title: 'größer "x"\n',
  command: { case: "shell", value: "echo 'a\nb'" },
  memoryBytes: 2n ** 40n,
});
const reports: AttemptReport[] = [
  create(AttemptReportSchema, { attempt: { taskId: 7, number: 2 }, sequence: 1, phase: AttemptPhase.RUNNING }),
  create(AttemptReportSchema, {
    attempt: { taskId: 7, number: 2 },
    sequence: 2,
    phase: AttemptPhase.ENDED,
    end: create(AttemptEndSchema, { outcome: AttemptOutcome.FAILED, exitCode: 3, logBytes: 5n }),
  }),
];
const started = { pid: 1, startTime: 2, startedAt: 3 };

function write(): void {
  const journal = new AttemptJournal(folder, (error) => {
    throw error;
  });
  journal.assigned(assignment);
  for (const report of reports) journal.report(report);
  journal.starting("env", ["GPU-a"]);
  journal.started(started);
  journal.close();
}

test("what nobody was told waits for the next line, or until it is told", () => {
  const journal = new AttemptJournal(folder, (error) => {
    throw error;
  });
  journal.assigned(assignment, true);
  expect(readJournal(folder)).toBeUndefined();
  journal.report(reports[0]!);
  journal.flush();
  expect(readJournal(folder)).toMatchObject({ assignment, reports: [reports[0]] });
  journal.report(reports[1]!);
  expect(readJournal(folder)).toMatchObject({ assignment, reports });
  journal.close();
});

test("a journal is read as it was written", () => {
  write();
  const record = readJournal(folder);
  expect(record).toEqual({
    assignment,
    isNew: false,
    reports,
    starting: true,
    started,
    environment: "env",
    gpus: ["GPU-a"],
    stopping: undefined,
    shift: 0,
  });
});

test("a journal of a worker that wrote messages as JSON is read too", () => {
  const lines = [
    { assigned: toJson(AssignmentSchema, assignment) },
    ...reports.map((report) => ({ report: toJson(AttemptReportSchema, report) })),
    { starting: {} },
    { shift: 4 },
  ];
  writeFileSync(join(folder, "journal"), lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
  expect(readJournal(folder)).toMatchObject({ assignment, reports, starting: true, gpus: [], shift: 4 });
});

test("a last line that was not written whole did not happen, and without a first there is nothing", () => {
  write();
  writeFileSync(join(folder, "journal"), '{"stopping":"canc', { flag: "a" });
  expect(readJournal(folder)).toMatchObject({ reports, stopping: undefined });
  writeFileSync(join(folder, "journal"), '{"assigned":"');
  expect(readJournal(folder)).toBeUndefined();
});
