// Checked by tsc alone: each line below that is marked must not compile. Nothing of it runs.
import { test } from "bun:test";
import type { Chat, ChatMessage, ChatOptions, ConnectionState, RoomState } from "./api.ts";
import type { useMessages, useRoom } from "./react/index.ts";

test("a mistyped event, field, state, option or call does not compile", () => {});

export function events(chat: Chat): void {
  const general = chat.room("general");
  general.on("message.posted", ({ text, seq }) => void (text.length + seq));
  general.on("member.joined", ({ user }) => void user.name);
  // @ts-expect-error no such event
  general.on("message.post", () => {});
  // @ts-expect-error an event has no such field
  general.on("message.posted", ({ txt }) => void txt);
  // @ts-expect-error that is another event's field
  general.on("member.joined", ({ text }) => void text);
  // @ts-expect-error a message's number is no text
  general.on("message.posted", ({ seq }) => void seq.length);
  // @ts-expect-error a room is named by its id
  chat.room(7);
}

export function messages(message: ChatMessage): string {
  switch (message.state) {
    case "sent":
      return `${message.seq + 1} ${message.author?.name}`;
    case "failed":
      return message.problem?.code ?? "";
    case "waiting":
    case "sending":
      // @ts-expect-error what was not sent has no number
      return `${message.seq + 1}`;
    // @ts-expect-error no such state
    case "pending":
      return "";
    case "unreadable":
      return `${message.seq}`;
  }
}

export function states(connection: ConnectionState, room: RoomState): void {
  if (connection.status === "offline") void connection.retryIn.toFixed();
  // @ts-expect-error only what is offline tries again
  void connection.retryIn;
  // @ts-expect-error no such status
  void (connection.status === "online");
  // @ts-expect-error no such status
  void (room.status === "loading");
  // @ts-expect-error no such code
  void (room.problem?.code === "no_conection");
  // @ts-expect-error a list is read, and not written
  room.messages.push(room.messages[0]);
  // @ts-expect-error a message is read, and not written
  (room.messages[0] as ChatMessage).key = "x";
}

export const options: ChatOptions[] = [
  {},
  { url: "https://chat.example.org", token: "t" },
  { token: () => Promise.resolve("t") },
  // @ts-expect-error no such option
  { uri: "https://chat.example.org" },
  // @ts-expect-error a provider gives a text
  { token: () => 7 },
  // @ts-expect-error left out is left out
  { url: undefined },
];

export async function calls(chat: Chat, hook: typeof useRoom, list: typeof useMessages) {
  const general = chat.room("general");
  const posting = general.post("hello");
  // @ts-expect-error a post may be refused: look first
  void posting.value.key;
  if (posting.ok) {
    const outcome = await posting.value.sent;
    // @ts-expect-error a send may fail: look first
    void outcome.value.seq;
    if (!outcome.ok) void outcome.error.detail;
  }
  // @ts-expect-error a message has a text
  general.post();
  // @ts-expect-error a text is a text
  general.post({ text: "hello" });
  // @ts-expect-error a key is a text
  general.retry(1);
  // @ts-expect-error no such call
  void chat.connect();
  void chat.call("PATCH /v1/rooms/:room", { room: "general", body: { topic: "Roses" } });
  // @ts-expect-error no such call
  void chat.call("PUT /v1/rooms", {});
  // @ts-expect-error the room is missing
  void chat.call("GET /v1/rooms/:room", {});
  // @ts-expect-error no such field
  void chat.call("PATCH /v1/rooms/:room", { room: "general", body: { colour: "red" } });
  const answer = await chat.call("GET /v1/rooms/:room/members", { room: "general" });
  // @ts-expect-error no such role
  if (answer.ok) void (answer.value.members[0]?.role === "king");
  // @ts-expect-error a room has an id
  hook(chat);
  void list(chat, "general")[0]?.key;
}

export async function living(chat: Chat): Promise<void> {
  const general = chat.room("general");
  const edited = await general.edit(7, "better");
  if (!edited.ok) void edited.error.detail;
  // @ts-expect-error a message is named by its number
  void general.edit("key", "better");
  // @ts-expect-error an edit says something
  void general.edit(7);
  // @ts-expect-error an emoji is a text
  void general.react(7, true);
  general.post("yes", { replyTo: 7 });
  // @ts-expect-error a thread is posted to by its own list
  general.post("yes", { thread: 7 });
  const thread = general.thread(7);
  void thread.state.get().root?.replies?.count;
  // @ts-expect-error a thread has no threads
  thread.thread(8);
  const found = general.find(7).get();
  // @ts-expect-error what is missing has no text: look first
  void found.message.text;
  if (found.status === "found") void found.message.text;
  // @ts-expect-error no such level
  void general.setLevel("some");
  // @ts-expect-error no such edge
  void (general.state.get().newer === "end");
  // @ts-expect-error a list is read, and not written
  general.presence.get().online.push();
  // @ts-expect-error one is away or not
  chat.setAway("busy");
  // @ts-expect-error no such level
  void chat.call("PUT /v1/rooms/:room/level", { room: "general", body: { level: "some" } });
}
