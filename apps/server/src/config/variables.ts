import { z } from "zod";

const list = z.string().transform((text) => text.split(",").flatMap((part) => part.trim() || []));
const whole = (least: number, most: number) => z.coerce.number().int().min(least).max(most);
const days = (usual: number) => whole(0, 100_000).default(usual);
const url = z.url({ protocol: /^https?$/ });

/** Every variable, its check and what it means; `docs/configuration.md` is made from this. */
export const variables = {
  TRIBUTARY_HOST: z.string().default("127.0.0.1").describe("Address to listen on."),
  TRIBUTARY_PORT: whole(0, 65_535).default(3342).describe("Port; 0 takes a free one."),
  TRIBUTARY_LISTEN: list.default([]).describe("More addresses, as `host:port`, separated by commas."),
  TRIBUTARY_DATA: z.string().min(1).default(".tributary").describe("Folder for everything that is kept."),
  TRIBUTARY_DATABASE_URL: z
    .url({ protocol: /^postgres(ql)?$/, message: "is not postgres://user:password@host:port/name" })
    .optional()
    .describe(
      "PostgreSQL database for all state, `postgres://user:password@host/name`; unset: SQLite in the data folder.",
    ),
  TRIBUTARY_OBJECTS_URL: z
    .string()
    .optional()
    .describe(
      "Where files are kept: a folder, or `s3://bucket/prefix?endpoint=…&region=…&pathStyle=…`; unset: `objects` in the data folder.",
    ),
  TRIBUTARY_OBJECTS_ACCESS_KEY_ID: z
    .string()
    .optional()
    .describe("Access key for S3; unset: what the AWS SDK finds in the environment or on the machine."),
  TRIBUTARY_OBJECTS_SECRET_ACCESS_KEY: z.string().optional().describe("Its secret."),
  TRIBUTARY_OBJECTS_SESSION_TOKEN: z.string().optional().describe("Its session token, where it has one."),
  TRIBUTARY_PUBLIC_URL: url
    .optional()
    .describe("Where users reach the server, when that is not the address it listens on."),
  TRIBUTARY_ALLOWED_HOSTS: list.default([]).describe("Host names clients may call besides loopback ones."),
  TRIBUTARY_CORS_ORIGINS: list
    .default([])
    .describe("Origins whose pages may call the server, such as notebooks; each in full, `*` is refused."),
  TRIBUTARY_TLS_CERT: z
    .string()
    .optional()
    .describe("PEM file with the certificate; unset: a self-signed pair is made."),
  TRIBUTARY_TLS_KEY: z.string().optional().describe("PEM file with its key."),
  TRIBUTARY_MASTER_KEY: z
    .string()
    .optional()
    .describe(
      "Keys under which secrets are sealed, each 32 bytes in base64 or hex, separated by commas or white space; unset: a key file is made in the data folder.",
    ),
  TRIBUTARY_AUTH: z
    .enum(["local", "required", "none-i-know"])
    .default("local")
    .describe(
      "Who may call: `local` trusts this machine's user and listens on loopback only, `required` asks for API tokens, `none-i-know` trusts whoever reaches the server.",
    ),
  TRIBUTARY_SLOTS: whole(1, 10_000).optional().describe("Attempts at a time on this machine; unset: one a processor."),
  TRIBUTARY_PROCESSES: whole(0, 4_194_304)
    .default(4096)
    .describe(
      "Processes and threads a task on this machine may have at a time unless it asks otherwise; 0: any number.",
    ),
  TRIBUTARY_PLAIN_SECRETS: z
    .enum(["on", "off"])
    .default("off")
    .describe(
      "Send secrets to workers of other machines also without TLS: for networks, or proxies that end TLS, that are trusted.",
    ),
  TRIBUTARY_CONTAINERS: z
    .enum(["auto", "podman", "docker", "off"])
    .default("auto")
    .describe("What runs tasks that name an image on this machine; `auto` takes podman, and docker where it has none."),
  TRIBUTARY_CONTAINER_ENGINE_OPTIONS: z
    .string()
    .default("")
    .describe("Options for podman or docker themselves, separated by spaces, such as `--runtime runc`."),
  TRIBUTARY_CONTAINER_OPTIONS: z
    .string()
    .default("")
    .refine((text) => !/(^|\s)--?privileged\b/.test(text), "must not have --privileged")
    .describe("Options for every container, separated by spaces, such as `--network none --ulimit nofile=1024:1024`."),
  TRIBUTARY_EXAMPLE: z
    .enum(["on", "off"])
    .default("on")
    .describe("Add and run the example project on the first start."),
  TRIBUTARY_LOCAL_TASKQUEUE: z
    .enum(["fallback", "always", "never"])
    .default("fallback")
    .describe(
      "When the worker of this machine takes tasks of TaskQueue: `fallback` while no worker of scitq is online, `always`, or `never`.",
    ),
  TRIBUTARY_TASKQUEUE_OFFLINE_SECONDS: whole(10, 604_800)
    .default(300)
    .describe(
      "Seconds without a ping, a report or output after which a worker of scitq is taken for lost, and its tasks run elsewhere.",
    ),
  TRIBUTARY_AGENT_SOURCES: list
    .default([])
    .describe(
      "Where the job Agent finds files by id, in this order: folders (`<folder>/<id>`) and addresses (`<address>/files/<id>/data`), separated by commas.",
    ),
  TRIBUTARY_AGENT_JOBS: whole(0, 10_000)
    .default(1)
    .describe("Jobs of the Agent that the worker of this machine runs at a time."),
  TRIBUTARY_AGENT_FILES_GIB: z.coerce
    .number()
    .min(0)
    .default(20)
    .describe("GiB that the Agent's files may take; those that no job needs go first, the least recently used first."),
  TRIBUTARY_AGENT_HOLD_HOURS: whole(0, 100_000)
    .default(24)
    .describe("Hours for which a job waits for a file that cannot be had before it fails."),
  TRIBUTARY_AGENT_FAILED: z
    .enum(["done", "aborted"])
    .default("done")
    .describe(
      "How the end of a job that did not succeed is told: `done` with trailing metadata, or the status `aborted` for clients that read none.",
    ),
  TRIBUTARY_PROVIDERS: z
    .string()
    .optional()
    .describe(
      "File, YAML or JSON, that says which workers can be had from providers, this machine and Slurm (docs/backends); or such a text that begins with `{`.",
    ),
  TRIBUTARY_WORKER_URL: url
    .optional()
    .describe(
      "Where workers of providers reach the server; unset: TRIBUTARY_PUBLIC_URL, or the address it listens on.",
    ),
  TRIBUTARY_PROVIDED_WORKERS: whole(0, 100_000)
    .default(200)
    .describe("Workers of providers that there may be at a time; 0: none can be made."),
  TRIBUTARY_PROVIDED_IDLE_SECONDS: whole(0, 31_536_000)
    .default(300)
    .describe("Seconds without work after which a worker of a provider is given back; 0: never."),
  TRIBUTARY_PROVIDED_DRAIN_SECONDS: whole(0, 31_536_000)
    .default(3_600)
    .describe(
      "Seconds that a worker of a provider has to finish what it runs when it is deleted; what it has not finished then runs elsewhere.",
    ),
  TRIBUTARY_PROVIDED_START_SECONDS: whole(1, 86_400)
    .default(300)
    .describe("Seconds within which a worker must register once its provider runs it; then it is started again."),
  TRIBUTARY_CALLS_PER_SECOND: whole(1, 10_000_000)
    .default(10_000)
    .describe("Calls of one caller a second, on average; more are refused with `resource_exhausted`."),
  TRIBUTARY_CALLS_AT_ONCE: whole(1, 1_000_000)
    .default(2_048)
    .describe("Calls of one caller under way at a time; four times as many of all callers."),
  TRIBUTARY_STREAMS_AT_ONCE: whole(1, 1_000_000)
    .default(4_096)
    .describe("Streams of one caller open at a time, such as logs that are followed; four times as many of all."),
  TRIBUTARY_LOG_TASK_BYTES: whole(1_048_576, 1_099_511_627_776)
    .default(4_294_967_296)
    .describe("What is kept of a task's log, in bytes; of a longer one the beginning and the end."),
  TRIBUTARY_LOG_LINE_BYTES: whole(1_024, 1_048_576)
    .default(65_536)
    .describe("What is shown of a line of a log, in bytes; downloads have all of it."),
  TRIBUTARY_KEEP_TASKS_DAYS: days(90).describe(
    "Days after which an ended task is removed, with all that belongs to it.",
  ),
  TRIBUTARY_KEEP_TASKS_COUNT: whole(1, 100_000_000)
    .default(1_000_000)
    .describe("Ended tasks that are kept; beyond it the oldest are removed."),
  TRIBUTARY_KEEP_JOURNAL_DAYS: days(30).describe("Days after which an entry of the journal is forgotten."),
  TRIBUTARY_KEEP_JOURNAL_COUNT: whole(1_000, 100_000_000)
    .default(1_000_000)
    .describe("Entries of the journal that are kept for clients that were away."),
  TRIBUTARY_KEEP_AUDIT_DAYS: days(365).describe("Days after which an event of the audit trail is forgotten."),
  TRIBUTARY_KEEP_AUDIT_COUNT: whole(1_000, 100_000_000)
    .default(1_000_000)
    .describe("Events of the audit trail that are kept; beyond it the oldest are forgotten."),
  TRIBUTARY_KEEP_LOGS_DAYS: days(90).describe(
    "Days after its last line after which the log of an ended task is removed.",
  ),
  TRIBUTARY_KEEP_LOGS_GIB: z.coerce
    .number()
    .min(0)
    .default(50)
    .describe("GiB that all logs may take; beyond it the oldest of ended tasks are removed. 0: no limit."),
  TRIBUTARY_ENVIRONMENTS: z
    .string()
    .optional()
    .describe(
      "Folder for the Python environments of this machine, which servers of the same user may share; unset: in the data folder.",
    ),
  TRIBUTARY_KEEP_ENVIRONMENTS_DAYS: whole(0, 36_500)
    .default(30)
    .describe("Days after its last use after which a Python environment on this machine is removed; 0: never."),
  TRIBUTARY_KEEP_ENVIRONMENTS_GIB: whole(0, 1_000_000)
    .default(20)
    .describe("Room that Python environments on this machine may take; the least recently used go first; 0: any."),
  TRIBUTARY_KEEP_FAILED_HOURS: whole(0, 100_000)
    .default(24)
    .describe("Hours for which the files of a failed attempt stay on this machine; 0: none stay."),
  TRIBUTARY_KEEP_FAILED_GIB: whole(0, 1_000_000)
    .default(5)
    .describe("Room that files of failed attempts may take on this machine; the oldest go first; 0: any."),
  TRIBUTARY_KEEP_UNUSED_OBJECTS_HOURS: whole(1, 100_000)
    .default(24)
    .describe("Hours after which a file is removed to which nothing refers."),
  TRIBUTARY_BACKUPS: z
    .string()
    .optional()
    .describe("Folder for backups, best on another disk; unset: `backups` in the data folder."),
  TRIBUTARY_SWEEP_MINUTES: whole(1, 100_000)
    .default(60)
    .describe("Minutes between two looks for what is to be removed."),
  TRIBUTARY_MLFLOW_TRACKING_URI: z
    .string()
    .optional()
    .describe(
      "MLflow's tracking store, where tasks write models: `http://…` of a tracking server, or a folder; unset: `mlflow` in the data folder.",
    ),
  TRIBUTARY_MLFLOW_USERNAME: z
    .string()
    .optional()
    .describe("User name for the tracking server; tasks bring their own."),
  TRIBUTARY_MLFLOW_PASSWORD: z.string().optional().describe("Its password."),
  TRIBUTARY_MLFLOW_TOKEN: z
    .string()
    .optional()
    .describe("Token for the tracking server, instead of name and password."),
  TRIBUTARY_MODEL_READY_SECONDS: whole(1, 86_400)
    .default(300)
    .describe("Seconds within which a process that serves a model must be ready; then another is started."),
  TRIBUTARY_MODEL_REFRESH_SECONDS: whole(1, 86_400)
    .default(60)
    .describe("Seconds between two looks for new versions of a model; the end of its training is noticed at once."),
  TRIBUTARY_SHUTDOWN_SECONDS: whole(0, 3_600).default(10).describe("How long calls under way may run on at shutdown."),
  TRIBUTARY_LOG_LEVEL: z
    .enum(["trace", "debug", "info", "warn", "error"])
    .default("warn")
    .describe("What the server's own log tells."),
} as const;

/** Variables whose value may be in a file instead, named by the variable with `_FILE` behind it. */
export const secretVariables = [
  "TRIBUTARY_DATABASE_URL",
  "TRIBUTARY_MASTER_KEY",
  "TRIBUTARY_OBJECTS_SECRET_ACCESS_KEY",
  "TRIBUTARY_OBJECTS_SESSION_TOKEN",
  "TRIBUTARY_MLFLOW_PASSWORD",
  "TRIBUTARY_MLFLOW_TOKEN",
] as const;
