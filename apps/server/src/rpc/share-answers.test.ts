import { expect, test } from "vitest";
import { shareAnswers } from "./share-answers.ts";

/** Answers how often was asked by then, when it is told to. */
function slowly() {
  const asked: string[] = [];
  const going: PromiseWithResolvers<number>[] = [];
  const share = shareAnswers(
    (key: string) => key,
    (key) => {
      asked.push(key);
      const answer = Promise.withResolvers<number>();
      going.push(answer);
      return answer.promise;
    },
  );
  return { asked, going, share };
}

test("who asks while the same is being answered shares an answer that was begun later", async () => {
  const { asked, going, share } = slowly();
  const first = share("a");
  const others = [share("a"), share("a"), share("a")];
  const another = share("b");
  expect(asked).toEqual(["a", "b"]);
  going[0]?.resolve(1);
  going[1]?.resolve(10);
  expect([await first, await another]).toEqual([1, 10]);
  await expect.poll(() => asked).toEqual(["a", "b", "a"]);
  const later = share("a");
  going[2]?.resolve(2);
  expect(await Promise.all(others)).toEqual([2, 2, 2]);
  await expect.poll(() => asked).toHaveLength(4);
  going[3]?.resolve(3);
  expect(await later).toBe(3);
});

test("a failure is told to those who share it, and holds up nobody", async () => {
  const { asked, going, share } = slowly();
  const first = share("a");
  const second = share("a");
  going[0]?.reject(new Error("no"));
  await expect(first).rejects.toThrow("no");
  await expect.poll(() => asked).toHaveLength(2);
  going[1]?.resolve(2);
  expect(await second).toBe(2);
  const third = share("a");
  expect(asked).toHaveLength(3);
  going[2]?.resolve(3);
  expect(await third).toBe(3);
});
