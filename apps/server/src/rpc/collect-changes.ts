/** What has happened since it was last looked at; `undefined` from `take` means that time has passed without anything. */
export interface Changes<T> {
  /**
   * Everything since the last call, as soon as there is something; undefined after `patience` milliseconds of nothing.
   * Done when the source has ended.
   */
  take(patience: number): Promise<{ readonly done: boolean; readonly value?: T }>;
  /** Something has happened that the source does not tell. */
  put(change: (sum: T | undefined) => T | undefined): void;
}

/**
 * Reads a source as fast as it comes and merges what comes between two looks, so that a slow reader gets the newest
 * state and costs no memory.
 *
 * @param merge - adds an item to what is already there (undefined at first)
 */
export function collectChanges<I, T>(
  source: AsyncIterable<I>,
  merge: (sum: T | undefined, item: I) => T | undefined,
): Changes<T> {
  let sum: T | undefined;
  let ended = false;
  let failure: { readonly error: unknown } | undefined;
  let wake = () => {};
  const put = (change: (before: T | undefined) => T | undefined) => {
    sum = change(sum);
    if (sum !== undefined) wake();
  };
  const pump = async () => {
    for await (const item of source) put((before) => merge(before, item));
  };
  pump()
    .catch((error: unknown) => {
      failure = { error };
    })
    .finally(() => {
      ended = true;
      wake();
    });
  return {
    put,
    async take(patience) {
      if (sum === undefined && !ended) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, patience);
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
        });
        wake = () => {};
      }
      if (sum !== undefined) {
        const value = sum;
        sum = undefined;
        return { done: false, value };
      }
      if (failure) throw failure.error;
      return { done: ended };
    },
  };
}
