/** The files of the job Agent. */
export const stagedFilesStrings = {
  title: "Agent files",
  lead: (count: string, size: string, limit: string) =>
    `${count} ${count === "1" ? "file" : "files"}, ${size}${limit && ` of ${limit} that they may take`}.`,
  first: (count: string) => `The first ${count} by id`,
  columns: { id: "Id", size: "Size", sha256: "SHA-256", staged: "Here since", used: "Used", acts: "" },
  ago: " ago",
  never: "never",
  emptyTitle: "No file is here yet",
  emptyText: "Jobs of the Agent name files by id; they are fetched when a job asks for them, or put here ahead:",
  upload: "Upload a file",
  remove: "Delete",
  removeOf: (id: string) => `Delete ${id}`,
  form: {
    title: "Upload a file",
    lead: "A file never changes once it is here: the same content again changes nothing, another is refused.",
    file: "File",
    id: "Id",
    idHint: "By which jobs name it. An id of 40 or 64 hexadecimal digits must be the SHA-1 or SHA-256 of the content.",
    missingFile: "Choose a file",
    missingId: "Write an id",
    confirm: "Upload",
    failed: "The server did not take the file",
    done: (id: string) => `${id} is here`,
  },
  deleting: {
    title: (id: string) => `Delete ${id}?`,
    text: "A job that names it later fetches it again, where it can. Jobs that have not ended keep it.",
    confirm: "Delete file",
    keep: "Keep it",
  },
} as const;
