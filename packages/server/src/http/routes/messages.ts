import { answers, MessagesQuery, PostMessage } from "@snug/protocol";
import { answer, problem } from "../answer.ts";
import { route } from "../route.ts";

export const postMessage = route({
  method: "POST",
  path: "/v1/rooms/:room/messages",
  summary: "Post a message; a repeat of the same clientId answers 200 with the first",
  signedIn: true,
  body: PostMessage,
  answers: { 201: answers.Message, 200: answers.Message },
  refusals: ["forbidden", "client_id_conflict", "store_full"],
  async run({ world, actor, params, body }) {
    const posting = await world.chat.execute("post-message", actor, {
      room: params["room"] ?? "",
      ...body,
    });
    if (!posting.ok) return problem(posting.error);
    const posted = await posting.value.outcome.catch((fault: unknown) => world.chat.refusal(fault));
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
  refusals: ["invalid_cursor"],
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
    const place = { room: params["room"] ?? "", seq: params["seq"] ?? "" };
    const message = await world.chat.execute("read-message", actor, place);
    return message.ok ? answer(200, `{"message":${message.value}}`) : problem(message.error);
  },
});
