import { create } from "@bufbuild/protobuf";
import { AuditEventSchema } from "@tributary/proto/tributary/v1/audit_pb";
import { expect, it } from "vitest";

import { targetsOf } from "#pages/events/event-targets.ts";

const shown = (rpc: string, targets: Record<string, string>) =>
  targetsOf(
    create(AuditEventSchema, { rpc, targets: Object.entries(targets).map(([field, value]) => ({ field, value })) }),
    (kind, id) => (id === "p1" ? { project: "churn", source: "team/churn" }[kind] : undefined),
  ).map(({ text, href }) => [text, href]);

it.each([
  [
    "tributary.v1.TaskService/RunTask",
    { project_id: "p1", task_name: "train", "task.id": "87" },
    [
      ["churn", "/projects/p1"],
      ["#87", "/tasks/87"],
      ["train", undefined],
    ],
  ],
  ["tributary.v1.ScheduleService/PauseSchedule", { id: "p1/train" }, [["churn/train", "/schedules?open=p1/train"]]],
  ["taskqueue.TaskQueue/SubmitTask", { task_id: "84" }, [["#84", "/tasks/84"]]],
  ["tributary.v1.TaskService/CancelTask", { id: "5" }, [["#5", "/tasks/5"]]],
  ["tributary.v1.SecretService/ReplaceSecret", { key: "git-token" }, [["git-token", "/secrets?open=git-token"]]],
  ["tributary.v1.SourceService/CreateSource", { "source.id": "p1" }, [["team/churn", "/sources/p1"]]],
  ["tributary.v1.SourceService/DeleteSource", { id: "s2" }, [["s2", "/sources/s2"]]],
  ["tributary.v1.WorkerService/DrainWorker", { id: "lab 7" }, [["lab 7", "/workers/lab%207"]]],
  [
    "tributary.v1.TokenService/CreateToken",
    { name: "nightly", role: "ROLE_RUNNER" },
    [
      ["nightly", undefined],
      ["runner", undefined],
    ],
  ],
  ["ame.v1.AmeService/RunTask", { name: "train" }, [["train", undefined]]],
  ["tributary.v1.TaskService/CancelTask", { id: "not a number" }, [["not a number", undefined]]],
] as const)("leads from %s to what it was about", (rpc, targets, expected) => {
  expect(shown(rpc, targets)).toEqual(expected);
});
