import { expect, test } from "bun:test";
import { News } from "./news.ts";

test("[UNR4] there may be news in threads that had some at the last look, or were touched since", () => {
  const news = new News();
  news.touch(1, 10);
  expect(news.in(1, "ann")).toBeNull();
  news.seen(1, "ann", []);
  expect(news.in(1, "ann")).toEqual([]);
  news.touch(1, 20);
  news.touch(2, 30);
  news.seen(1, "bob", [10]);
  news.touch(1, 20);
  news.moved(1, "ann", 40);
  expect([news.in(1, "ann"), news.in(1, "bob"), news.in(1, "eve")]).toEqual([
    [40, 20],
    [10, 20],
    null,
  ]);
  news.seen(1, "ann", [20]);
  expect(news.in(1, "ann")).toEqual([20]);
  news.forgetRoom(1);
  expect(news.in(1, "ann")).toBeNull();
});

test("[UNR4] whoever looked before more was touched than is remembered has to look at all again", () => {
  const news = new News();
  news.seen(1, "ann", []);
  for (let thread = 1; thread <= 256; thread++) news.touch(1, thread);
  news.touch(1, 1);
  expect(news.in(1, "ann")).toHaveLength(256);
  news.touch(1, 257);
  expect(news.in(1, "ann")).toBeNull();
  news.seen(1, "ann", []);
  news.touch(1, 2);
  expect(news.in(1, "ann")).toEqual([2]);
});

test("[UNR4] what is remembered of looks has an end, and is less when people look again or their rooms go", () => {
  const news = new News();
  const threads = Array.from({ length: 999 }, (_, index) => index);
  const look = (user: number) => news.seen(user, `${user}`, threads);
  for (let round = 0; round < 3; round++) for (let user = 0; user < 200; user++) look(user);
  expect([news.in(0, "0"), news.in(199, "199")]).toEqual([threads, threads]);
  news.forgetRoom(1);
  for (const user of [1, 201]) look(user);
  expect(news.in(0, "0")).toEqual(threads);
  look(202);
  expect([news.in(0, "0"), news.in(202, "202")]).toEqual([null, threads]);
});
