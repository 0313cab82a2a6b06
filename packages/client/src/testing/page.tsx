import { StrictMode } from "react";
import { flushSync } from "react-dom";
import { createRoot } from "react-dom/client";
import { createChat } from "../chat.ts";
import {
  useConnection,
  useEntry,
  useFound,
  useMessages,
  usePeople,
  usePresence,
  useReads,
  useRoom,
  useThread,
  useTyping,
  useUnread,
  type RoomView,
} from "../react/index.ts";
import { until } from "./until.ts";

let chat = createChat();
const root = createRoot(document.querySelector("#root") as HTMLElement);

let draws = 0;
let posting: RoomView["post"] | null = null;

function Room({ id }: { id: string }) {
  const { status, messages, problem, post } = useRoom(chat, id);
  draws++;
  posting = post;
  const texts = messages.map((message) => (message.state === "unreadable" ? "?" : message.text));
  return <p>{[id, status, problem?.code, ...texts].join(" ")}</p>;
}

function Count({ id }: { id: string }) {
  return (
    <p>
      {useConnection(chat).status} {useMessages(chat, id).length}
    </p>
  );
}

/** All that is told of a room beside its list, and the thread of one of its messages. */
function Company({ id, seq }: { id: string; seq: number }) {
  const { root, messages } = useThread(chat, id, seq);
  const facts = {
    thread: [root?.replies?.count, ...messages.map(({ text }) => text)],
    found: useFound(chat, id, seq).message?.text,
    here: usePresence(chat, id).count,
    typing: useTyping(chat, id).map(({ name }) => name),
    reads: Object.keys(useReads(chat, id)).length,
    people: Object.keys(usePeople(chat)).length,
    unread: useUnread(chat).unread,
    entry: useEntry(chat, id)?.unread,
  };
  return <pre>{JSON.stringify(facts)}</pre>;
}

/** What a test does in a page. */
const lab = {
  get chat() {
    return chat;
  },
  until,
  /** From now on the page's chat is that of this person, whatever the cookie says. */
  be: (token: string) => (chat = createChat({ token })),
  /** Draws these rooms, each followed by a second view of it; none takes all away. */
  draw(...rooms: string[]) {
    root.render(
      <StrictMode>
        {rooms.map((id, index) => (
          <div key={index}>
            <Room id={id} />
            <Count id={id} />
          </div>
        ))}
      </StrictMode>,
    );
  },
  drawCompany(seq: number) {
    root.render(
      <StrictMode>
        <Company id="general" seq={seq} />
      </StrictMode>,
    );
  },
  draws: () => draws,
  /** Posts as the room that is drawn lends it, and says what is drawn right after. */
  postAndLook(text: string) {
    flushSync(() => posting?.(text));
    return document.body.innerText;
  },
  facts: () => JSON.parse(document.querySelector("pre")?.textContent ?? "{}") as object,
  follow(id = "general") {
    return chat.room(id).state.subscribe(() => {});
  },
  live: (id = "general") => until(chat.room(id).state, ({ status }) => status === "live"),
  /** Posts, and says how each ended. */
  async post(...texts: string[]) {
    const postings = texts.map((text) => chat.room("general").post(text));
    const ends = postings.map(async (posting) => posting.ok && (await posting.value.sent).ok);
    return Promise.all(ends);
  },
  list: () => {
    const { messages, kept, status } = chat.room("general").state.get();
    const lines = messages.map((message) =>
      message.state === "unreadable" ? "?" : `${message.text} ${message.state}`,
    );
    return { lines, kept, status };
  },
  listed: (count: number, state: string) =>
    until(
      chat.room("general").messages,
      (messages) => messages.length === count && messages.every((one) => one.state === state),
      `${count} ${state}`,
    ),
};

declare global {
  // oxlint-disable-next-line no-var
  var lab: Lab;
}
export type Lab = typeof lab;
globalThis.lab = lab;
