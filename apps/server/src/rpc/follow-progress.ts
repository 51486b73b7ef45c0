/**
 * Tells of something that goes on by itself: how far it is whenever that is news, then what came of it.
 *
 * It does not wait for whoever listens, who may have gone: what comes between two looks is left out.
 *
 * @param act - is given a function that it calls with how far it is
 * @throws what the act throws
 */
export async function* followProgress<P, R>(
  act: (tell: (progress: P) => void) => Promise<R>,
): AsyncGenerator<{ readonly progress: P } | { readonly result: R }> {
  let news = Promise.withResolvers<void>();
  let latest: { readonly progress: P } | undefined;
  let isOver = false;
  const acting = act((progress) => {
    latest = { progress };
    news.resolve();
  }).finally(() => {
    isOver = true;
    news.resolve();
  });
  // It may fail while nobody looks.
  acting.catch(() => {});
  while (!isOver) {
    await news.promise;
    news = Promise.withResolvers();
    const told = latest;
    latest = undefined;
    if (told && !isOver) yield told;
  }
  yield { result: await acting };
}
