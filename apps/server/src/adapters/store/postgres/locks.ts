// Numbers of advisory locks, chosen once; nobody else who uses the database should use the same.

/** Held by whoever writes, from begin to commit. */
export const writerLock = 7_214_930_001;

/** Held while the tables are brought to the newest version. */
export const migrationLock = 7_214_930_002;

/** Where writers tell the position of the newest entry. */
export const channel = "tributary_journal";
