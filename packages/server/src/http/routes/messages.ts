import { answers, EditMessage, MessagesQuery, parseSeq, PostMessage } from "@snug/protocol";
import { answer, noContent, problem } from "../answer.ts";
import { outcomeOf } from "../outcome.ts";
import { route } from "../route.ts";

export const postMessage = route({
  method: "POST",
  path: "/v1/rooms/:room/messages",
  summary: "Post a message; a repeat of the same clientId answers 200 with the first",
  signedIn: true,
  body: PostMessage,
  answers: { 201: answers.Message, 200: answers.Message },
  refusals: [
    "forbidden",
    "message_not_found",
    "file_not_found",
    "client_id_conflict",
    "store_full",
  ],
  async run({ world, actor, params, body }) {
    const message = { room: params["room"] ?? "", ...body };
    const posted = await outcomeOf(world, await world.chat.execute("post-message", actor, message));
    if (!posted.ok) return problem(posted.error);
    return answer(posted.value.repeated ? 200 : 201, `{"message":${posted.value.message}}`);
  },
});

export const readMessages = route({
  method: "GET",
  path: "/v1/rooms/:room/messages",
  summary: "A page of messages, oldest first: the newest, or before, after or around a number",
  signedIn: true,
  query: MessagesQuery,
  answers: { 200: answers.Messages },
  refusals: ["invalid_cursor", "message_not_found"],
  async run({ world, actor, params, query }) {
    const page = await world.chat.execute("read-messages", actor, {
      room: params["room"] ?? "",
      ...query,
    });
    if (!page.ok) return problem(page.error);
    const { messages, users, cursor, head, gap, unreadable } = page.value;
    const rest = {
      users,
      cursor,
      head,
      ...(gap && { gap }),
      ...(unreadable.length > 0 && { unreadable }),
    };
    return answer(200, `{"messages":[${messages.join(",")}],${JSON.stringify(rest).slice(1)}`);
  },
});

export const readMessage = route({
  method: "GET",
  path: "/v1/rooms/:room/messages/:seq",
  summary: "One message",
  signedIn: true,
  answers: { 200: answers.Message },
  refusals: ["message_not_found"],
  async run({ world, actor, params }) {
    const message = await world.chat.execute("read-message", actor, messageAt(params));
    return message.ok ? answer(200, `{"message":${message.value}}`) : problem(message.error);
  },
});

export const editMessage = route({
  method: "PATCH",
  path: "/v1/rooms/:room/messages/:seq",
  summary: "Change what your message says",
  signedIn: true,
  body: EditMessage,
  answers: { 200: answers.Message },
  refusals: ["forbidden", "message_not_found", "store_full"],
  async run({ world, actor, params, body }) {
    const edit = { ...messageAt(params), ...body };
    const edited = await outcomeOf(world, await world.chat.execute("edit-message", actor, edit));
    return edited.ok ? answer(200, `{"message":${edited.value}}`) : problem(edited.error);
  },
});

export const deleteMessage = route({
  method: "DELETE",
  path: "/v1/rooms/:room/messages/:seq",
  summary: "Delete your message or, if you run the room, anybody's",
  signedIn: true,
  answers: { 204: null },
  refusals: ["forbidden", "message_not_found"],
  async run({ world, actor, params }) {
    const deleting = await world.chat.execute("delete-message", actor, messageAt(params));
    const deleted = await outcomeOf(world, deleting);
    return deleted.ok ? noContent() : problem(deleted.error);
  },
});

export const readEdits = route({
  method: "GET",
  path: "/v1/rooms/:room/messages/:seq/edits",
  summary: "What a message said before it was edited, oldest first",
  signedIn: true,
  answers: { 200: answers.Edits },
  refusals: ["message_not_found"],
  async run({ world, actor, params }) {
    const edits = await world.chat.execute("read-edits", actor, messageAt(params));
    return edits.ok ? answer(200, { edits: edits.value }) : problem(edits.error);
  },
});

const reaction = (method: "PUT" | "DELETE", summary: string) =>
  route({
    method,
    path: "/v1/rooms/:room/messages/:seq/reactions/:emoji",
    summary,
    signedIn: true,
    answers: { 204: null },
    refusals: ["invalid_request", "forbidden", "message_not_found"],
    async run({ world, actor, params }) {
      const { emoji = "" } = params;
      const reacting = { ...messageAt(params), emoji, on: method === "PUT" };
      const reacted = await outcomeOf(world, await world.chat.execute("react", actor, reacting));
      return reacted.ok ? noContent() : problem(reacted.error);
    },
  });

export const addReaction = reaction("PUT", "React to a message with an emoji");
export const removeReaction = reaction("DELETE", "Take your reaction back");

const pin = (method: "PUT" | "DELETE", summary: string) =>
  route({
    method,
    path: "/v1/rooms/:room/messages/:seq/pin",
    summary,
    signedIn: true,
    answers: { 204: null },
    refusals: ["forbidden", "message_not_found"],
    async run({ world, actor, params }) {
      const pinning = { ...messageAt(params), on: method === "PUT" };
      const pinned = await world.chat.execute("pin-message", actor, pinning);
      return pinned.ok ? noContent() : problem(pinned.error);
    },
  });

export const pinMessage = pin("PUT", "Pin a message");
export const unpinMessage = pin("DELETE", "Unpin a message");

export const listPins = route({
  method: "GET",
  path: "/v1/rooms/:room/pins",
  summary: "The pinned messages, the one that was pinned last first",
  signedIn: true,
  answers: { 200: answers.Pins },
  refusals: [],
  async run({ world, actor, params }) {
    const pins = await world.chat.execute("list-pins", actor, { room: params["room"] ?? "" });
    if (!pins.ok) return problem(pins.error);
    const { messages, users } = pins.value;
    return answer(200, `{"messages":[${messages.join(",")}],"users":${JSON.stringify(users)}}`);
  },
});

export const listThreads = route({
  method: "GET",
  path: "/v1/rooms/:room/threads",
  summary: "The threads that you follow, the one with the newest reply first",
  signedIn: true,
  answers: { 200: answers.Threads },
  refusals: [],
  async run({ world, actor, params }) {
    const found = await world.chat.execute("list-threads", actor, { room: params["room"] ?? "" });
    if (!found.ok) return problem(found.error);
    const threads: string[] = [];
    const unreadable: object[] = [];
    for (const { seq, message, read, unread } of found.value.threads) {
      if (message === null) unreadable.push({ seq, read, unread });
      else threads.push(`{"message":${message},"read":${read},"unread":${unread}}`);
    }
    const more = JSON.stringify({
      users: found.value.users,
      ...(unreadable.length > 0 && { unreadable }),
    });
    return answer(200, `{"threads":[${threads.join(",")}],${more.slice(1)}`);
  },
});

export const clearRoom = route({
  method: "DELETE",
  path: "/v1/rooms/:room/messages",
  summary: "Erase all that was said in a room",
  signedIn: true,
  answers: { 204: null },
  refusals: ["forbidden"],
  async run({ world, actor, params }) {
    const cleared = await world.chat.execute("clear-room", actor, { room: params["room"] ?? "" });
    return cleared.ok ? noContent() : problem(cleared.error);
  },
});

/** The message that an address names; what is no number is the number of none. */
function messageAt(params: Readonly<Record<string, string>>): { room: string; seq: number } {
  return { room: params["room"] ?? "", seq: parseSeq(params["seq"] ?? "") ?? 0 };
}
