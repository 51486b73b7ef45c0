/** Places of APIs that are not served yet. */
export const unservedStrings = {
  toTasks: "Tasks of the other APIs",
  executions: {
    title: "Executions",
    lead: "Runs of Flyte's workflows: the graph of their nodes, how far each is, what goes in and what comes out.",
    empty: "Flyte is not served yet",
    text: "This server refuses every call of Flyte's API as not implemented, so there can be no execution. A client that calls it is told the same. Single tasks run over AME, TaskQueue, the Agent and this dashboard.",
  },
  sessions: {
    title: "Sessions",
    lead: "Sessions of ArmoniK: many small tasks, tied together by the results that they read and write.",
    empty: "ArmoniK is not served yet",
    text: "This server refuses every call of ArmoniK's API as not implemented, so there can be no session. A client that calls it is told the same. Single tasks run over AME, TaskQueue, the Agent and this dashboard.",
  },
} as const;
