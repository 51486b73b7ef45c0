import { firstTables } from "./001-first-tables.ts";
import { schedules } from "./002-schedules.ts";
import { secretVersions } from "./003-secret-versions.ts";
import { usage } from "./004-usage.ts";
import { objects } from "./005-objects.ts";
import { tokens } from "./006-tokens.ts";
import { audit } from "./007-audit.ts";
import { dataSets } from "./008-data-sets.ts";
import { deletions } from "./009-deletions.ts";
import { servers } from "./010-servers.ts";
import { savedViews } from "./011-saved-views.ts";
import { taskBatches } from "./012-task-batches.ts";
import { preparedEnvironments } from "./013-prepared-environments.ts";
import { models } from "./014-models.ts";
import { jobs } from "./015-jobs.ts";
import { labels } from "./016-labels.ts";
import { workerKinds } from "./017-worker-kinds.ts";
import { providedWorkers } from "./018-provided-workers.ts";
import { givenAhead } from "./019-given-ahead.ts";
import { lengthsByEnd } from "./020-lengths-by-end.ts";
import type { Migration } from "./migration.ts";

/** All migrations, in order. */
export const migrations: readonly Migration[] = [
  { number: 1, name: "first-tables", up: firstTables },
  { number: 2, name: "schedules", up: schedules },
  { number: 3, name: "secret-versions", up: secretVersions },
  { number: 4, name: "usage", up: usage },
  { number: 5, name: "objects", up: objects },
  { number: 6, name: "tokens", up: tokens },
  { number: 7, name: "audit", up: audit },
  { number: 8, name: "data-sets", up: dataSets },
  { number: 9, name: "deletions", up: deletions },
  { number: 10, name: "servers", up: servers },
  { number: 11, name: "saved-views", up: savedViews },
  { number: 12, name: "task-batches", up: taskBatches },
  { number: 13, name: "prepared-environments", up: preparedEnvironments },
  { number: 14, name: "models", up: models },
  { number: 15, name: "jobs", up: jobs },
  { number: 16, name: "labels", up: labels },
  { number: 17, name: "worker-kinds", up: workerKinds },
  { number: 18, name: "provided-workers", up: providedWorkers },
  { number: 19, name: "given-ahead", up: givenAhead },
  { number: 20, name: "lengths-by-end", up: lengthsByEnd },
];

/** The number of the newest tables. */
export const newestTables = migrations.at(-1)?.number ?? 0;
