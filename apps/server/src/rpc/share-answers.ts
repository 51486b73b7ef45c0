/**
 * Lets all who ask the same, while it is being answered to somebody, share the next answer: what a hundred ask at once is
 * answered twice. The next is begun after all of them have asked, so nobody is told what is older than their question.
 *
 * @param keyOf - the same for those who may share
 */
export function shareAnswers<A, T>(keyOf: (asked: A) => string, answer: (asked: A) => Promise<T>) {
  const underWay = new Map<string, Promise<void>>();
  const next = new Map<string, Promise<T>>();

  function begin(key: string, asked: A): Promise<T> {
    next.delete(key);
    const answered = answer(asked);
    const over = answered.then(nothing, nothing);
    underWay.set(key, over);
    void over.then(() => {
      if (underWay.get(key) === over) underWay.delete(key);
    });
    return answered;
  }

  return (asked: A): Promise<T> => {
    const key = keyOf(asked);
    const shared = next.get(key);
    if (shared) return shared;
    const before = underWay.get(key);
    if (!before) return begin(key, asked);
    const mine = before.then(() => begin(key, asked));
    next.set(key, mine);
    return mine;
  };
}

function nothing(): void {}
