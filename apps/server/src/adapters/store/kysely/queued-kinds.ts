/**
 * PostgreSQL's words, to stand after `with recursive`: every kind of queued task, that is its dialect and demand, each
 * found by one step in the index `tasks_kinds`.
 */
export const queuedKinds = `
  kinds as (
    (select dialect, demand from tasks where state = 'queued' order by dialect, demand limit 1)
    union all
    select next.dialect, next.demand from kinds cross join lateral (
      select dialect, demand from tasks
      where state = 'queued' and (dialect, demand) > (kinds.dialect, kinds.demand)
      order by dialect, demand limit 1) as next
  )`;
