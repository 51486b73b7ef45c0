/** Something that takes time; `alone` when nothing else may run meanwhile. */
export interface Job {
  readonly alone?: boolean;
}

/**
 * Does every job, `width` at a time, in the order given; those that must run alone come last, one by one.
 *
 * @returns what `work` returned, in the order of the jobs
 */
export async function inParallel<J extends Job, R>(
  jobs: readonly J[],
  width: number,
  work: (job: J) => Promise<R>,
): Promise<R[]> {
  const results = new Map<J, R>();
  const waiting = jobs.filter((job) => !job.alone);
  const lane = async () => {
    for (let job = waiting.shift(); job; job = waiting.shift()) results.set(job, await work(job));
  };
  await Promise.all(Array.from({ length: width }, lane));
  for (const job of jobs.filter(({ alone }) => alone)) results.set(job, await work(job));
  return jobs.map((job) => results.get(job) as R);
}
