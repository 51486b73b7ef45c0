/** What started a task that nobody started by hand. */
export interface Origin {
  readonly kind: "schedule" | "batch" | "data-set" | "model";
  /** Of the schedule, batch, data set or model. */
  readonly id: string;
}
