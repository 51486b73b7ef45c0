/**
 * Items as they come, together with those that came while the last ones were dealt with. What came before the source
 * failed is answered before its failure is thrown.
 *
 * @param most - when what waits has this size, the source has to wait
 */
export async function* inBatches<T>(
  source: AsyncIterable<T>,
  sizeOf: (item: T) => number,
  most: number,
): AsyncIterable<readonly T[]> {
  let waiting: T[] = [];
  let size = 0;
  let over = false;
  let failure: { readonly error: unknown } | undefined;
  let came = Promise.withResolvers<void>();
  let taken = Promise.withResolvers<void>();
  const pump = async () => {
    for await (const item of source) {
      waiting.push(item);
      size += sizeOf(item);
      came.resolve();
      while (size >= most && !over) await taken.promise;
      if (over) return;
    }
  };
  const ended = pump()
    .catch((error: unknown) => {
      failure = { error };
    })
    .finally(() => {
      over = true;
      came.resolve();
    });
  try {
    for (;;) {
      await came.promise;
      came = Promise.withResolvers();
      const batch = waiting;
      waiting = [];
      size = 0;
      taken.resolve();
      taken = Promise.withResolvers();
      if (batch.length > 0) yield batch;
      else if (over) break;
      if (over) came.resolve();
    }
  } finally {
    over = true;
    taken.resolve();
  }
  await ended;
  if (failure) throw failure.error;
}
