import { expect, test } from "bun:test";
import type { Http } from "./http.ts";
import { Pages } from "./pages.ts";
import { succeed } from "./problem.ts";

test("[SDK5] a list that pages for hours leaves nothing behind on the signal of its life", async () => {
  const page = { messages: [], users: {}, cursor: "e.9.m", head: 9 };
  const http = { call: async () => succeed(page) } as unknown as Http;
  const log = { seq: 9, cursor: null as string | null };
  const pages = new Pages({ room: "general", http, log, refusal: () => null });
  const { signal } = new AbortController();
  let listeners = 0;
  let most = 0;
  const add = signal.addEventListener.bind(signal);
  const remove = signal.removeEventListener.bind(signal);
  signal.addEventListener = (...args: Parameters<typeof add>) => {
    most = Math.max(most, ++listeners);
    add(...args);
  };
  signal.removeEventListener = (...args: Parameters<typeof remove>) => {
    listeners--;
    remove(...args);
  };
  let applied = 0;
  const read = () => pages.read("/messages", signal, () => applied++);
  const early = read();
  log.cursor = "e.9.m";
  pages.look();
  for (const reading of [early, read(), read()]) expect((await reading).ok).toBe(true);
  expect([applied, listeners, most > 0]).toEqual([3, 0, true]);
});
