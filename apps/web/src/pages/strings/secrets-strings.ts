/** Secrets and their dialogs. */
export const secretsStrings = {
  title: "Secrets",
  lead: (count: string) =>
    `${count === "0" ? "" : `${count === "1" ? "One secret" : `${count} secrets`}. `}Values go in and never come out: a task reads them, a person cannot.`,
  create: "Create a secret",
  columns: {
    name: "Name",
    version: "Version",
    set: "Set",
    usedBy: "Used by",
    lastRead: "Last read by",
    acts: "Acts",
    replace: "Replace",
    history: "History",
    remove: "Delete…",
    more: (key: string) => `More for ${key}`,
    versionNumber: (version: number) => `v${version}`,
    sync: "a sync",
  },
  filters: {
    label: "Which secrets",
    all: "All",
    refused: "Refused",
    unused: "Used by nobody",
    old: "Older than a year",
    none: "No secret is like that now",
    noneText: "The others are still there.",
    showAll: "Show all secrets",
  },
  refusedFor: (source: string) => `refused for ${source}`,
  tasks: (count: number) => (count === 1 ? "1 task" : `${count} tasks`),
  sources: (count: number) => (count === 1 ? "1 source" : `${count} sources`),
  usedByNobody: "nobody",
  sourceUser: (name: string) => `the source ${name}, at its next sync`,
  webhookUser: (name: string) => `the webhook of ${name}`,
  history: {
    users: "Who uses it",
    title: "Versions",
    of: (key: string) => `Versions of ${key}`,
    version: "Version",
    set: "Set",
    by: "By",
    lastRead: "Last read by",
    value: "Value",
    current: "current",
    inUse: "kept for tasks that run",
    dropped: "dropped",
    note: "Values of older versions cannot be brought back: they go as soon as no task that runs was given them.",
  },
  keys: {
    link: "Master keys",
    linkLeft: (left: string) => `Master keys: ${left} left`,
    title: "Master keys",
    lead: "Every secret is sealed under one of these. A key is shown by its id, which tells nothing of it.",
    id: "Key",
    use: "Use",
    values: "Values",
    current: "seals new values",
    former: "opens old values",
    unused: "not used yet",
    missing: "not at hand",
    done: "Every value is sealed under the current key.",
    left: (count: string) =>
      count === "1" ? "One value is still to be sealed anew." : `${count} values are still to be sealed anew.`,
    since: (time: string, by: string) => `Current since ${time}, by ${by}.`,
    place: (place: string, kept: boolean) =>
      kept
        ? `The keys are in ${place}. Rotating makes a new one there; keep a copy of the file apart from your backups.`
        : `The keys come from ${place}. Add the new key there before you rotate, and take the old one away afterwards.`,
    close: "Close",
    rotate: "Rotate to a new key",
    drop: "Drop…",
    dropKey: (id: string) => `Drop ${id}`,
    dropTitle: (id: string) => `Drop the master key ${id}?`,
    dropText:
      "Nothing is sealed under it any more. Backups that were made while it was needed can then be read only with a copy of it.",
    dropConfirm: "Drop the key",
  },
  emptyTitle: "No secret is kept yet",
  emptyText:
    "Passwords and tokens that tasks and sources need. They are named in a project file, set in the environment of a task, and hidden in its log. Create one here, or from a shell:",
  form: {
    create: "Create a secret",
    createLead: "Tasks and sources name it by its key.",
    createConfirm: "Create the secret",
    key: "Key",
    keyHint: "Lower case letters, digits, - and .",
    keyMissing: "Write a key.",
    value: "Value",
    newValue: "New value",
    valueHint: "One line or many. It is sent once and cannot be read back.",
    valueMissing: "Write the value.",
    extent: (lines: string, characters: string) =>
      `${lines === "1" ? "One line" : `${lines} lines`}, ${characters === "1" ? "one character" : `${characters} characters`}.`,
    fromFile: "From a file",
    show: "Show what I typed",
    hide: "Hide what I typed",
    note: "You cannot read it back here.",
    replace: "Replace",
    replaceLead: (next: number) => `The new value becomes version ${next}. What runs now keeps the value it was given.`,
    replaceConfirm: (next: number) => `Save as version ${next}`,
    whoGets: (next: number) => `Who gets version ${next}, from the next run`,
  },
  remove: {
    title: (key: string) => `Delete ${key}?`,
    used: (tasks: number, sources: number) => {
      const who = [
        tasks > 0 && (tasks === 1 ? "1 task" : `${tasks} tasks`),
        sources > 0 && (sources === 1 ? "1 source" : `${sources} sources`),
      ]
        .filter(Boolean)
        .join(" and ");
      const they = tasks + sources === 1 ? "it asks" : "they ask";
      return `This breaks ${who}: ${they} for it and will fail without it. What runs now keeps the value it was given.`;
    },
    unused: "No task and no source asks for it. It cannot be brought back.",
    confirm: "Delete the secret",
    keep: "Keep it",
  },
} as const;
