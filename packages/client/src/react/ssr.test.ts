import { expect, test } from "bun:test";
import { createElement, Fragment } from "react";
import { renderToString } from "react-dom/server";
import { createChat } from "../chat.ts";
import {
  useConnection,
  useEntry,
  useFound,
  useInbox,
  useMessages,
  usePeople,
  usePresence,
  useReads,
  useRoom,
  useSearch,
  useThread,
  useTyping,
  useUnread,
} from "./index.ts";

test("[SDK5] on a server the hooks draw the first state, and nothing is called or left", () => {
  let calls = 0;
  const listener = Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    socket: { open: () => void calls++, data() {} },
  });
  let asked = 0;
  const chat = createChat({
    url: `http://127.0.0.1:${listener.port}`,
    token: () => `t${asked++}`,
  });
  function View() {
    const { status, messages, older, post } = useRoom(chat, "general");
    const words = [
      useConnection(chat).status,
      useInbox(chat).status,
      useMessages(chat, "general").length,
      status,
      messages.length,
      older,
      typeof post,
      useThread(chat, "general", 1).status,
      useFound(chat, "general", 1).status,
      usePresence(chat, "general").count,
      useTyping(chat, "general").length,
      JSON.stringify([useReads(chat, "general"), usePeople(chat), useEntry(chat, "general")]),
      useUnread(chat).unread,
      useSearch(chat, "tea").status,
    ];
    return createElement(Fragment, null, words.join(" "));
  }
  const drawn = renderToString(createElement(View));
  expect(drawn).toBe(
    "connecting loading 0 connecting 0 unknown function connecting loading 0 0 [{},{},null] 0 idle",
  );
  expect(renderToString(createElement(View))).toBe(drawn);
  chat.close();
  listener.stop(true);
  expect([calls, asked]).toEqual([0, 0]);
});
