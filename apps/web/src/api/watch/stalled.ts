/**
 * Passes on what a stream brings, and ends it with an error when nothing comes for `ms` milliseconds: a connection
 * that was cut without a word looks exactly like one with nothing to say.
 *
 * @param abort - called before the error is thrown, to let go of the connection
 */
export async function* endWhenStalled<T>(stream: AsyncIterable<T>, ms: number, abort: () => void): AsyncGenerator<T> {
  const iterator = stream[Symbol.asyncIterator]();
  for (;;) {
    const next = await within(iterator.next(), ms, abort);
    if (next.done) return;
    yield next.value;
  }
}

async function within<T>(answer: Promise<T>, ms: number, abort: () => void): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const stalled = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      abort();
      reject(new Error(`Nothing was heard for ${ms} ms.`));
    }, ms);
  });
  try {
    return await Promise.race([answer, stalled]);
  } finally {
    clearTimeout(timer);
    // when the race is lost, the answer still fails later, with nobody to hear it
    answer.catch(() => undefined);
  }
}
