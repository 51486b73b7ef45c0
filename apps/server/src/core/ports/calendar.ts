/** When schedules come round. */
export interface Calendar {
  /**
   * The first time after `after` that a schedule names; undefined when there is none any more.
   *
   * @param schedule - cron with five fields (minute, hour, day of month, month, day of week; both days must match), in UTC
   * unless it begins with `CRON_TZ=` and the name of a time zone
   * @throws RefusedError `invalid` for a schedule that cannot be read
   */
  next(schedule: string, after: number): number | undefined;

  /** A time in UTC to the minute, made of lower case letters and digits: `20261122t0215z`. */
  stamp(at: number): string;
}
