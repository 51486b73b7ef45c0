import type { Command } from "#cli/command.ts";
import { artifactsGet, artifactsList } from "#cli/commands/artifacts.ts";
import { check } from "#cli/commands/check.ts";
import { login, logout } from "#cli/commands/login.ts";
import { run } from "#cli/commands/run.ts";
import { secretsDelete, secretsList, secretsSet } from "#cli/commands/secrets.ts";
import { sourcesAdd, sourcesDelete, sourcesList, sourcesSync } from "#cli/commands/sources.ts";
import { logs, taskCancel, taskRetry, taskShow, tasks } from "#cli/commands/tasks.ts";
import { worker } from "#cli/commands/worker.ts";

export const commands: readonly Command[] = [
  run,
  check,
  logs,
  tasks,
  taskShow,
  taskCancel,
  taskRetry,
  artifactsList,
  artifactsGet,
  sourcesList,
  sourcesAdd,
  sourcesSync,
  sourcesDelete,
  secretsList,
  secretsSet,
  secretsDelete,
  worker,
  login,
  logout,
];
