// Messages for tests.
import type { SentMessage, UnreadableMessage, UnsentMessage } from "@snug/client";
import type { EventId, UserId } from "@snug/protocol";

const author = (id: string) => ({ id: id as UserId, name: id, guest: true });

export function said(seq: number, by: string, at: number): SentMessage {
  return {
    key: `k${seq}`,
    state: "sent",
    seq,
    id: `e${seq}` as EventId,
    at,
    by: by as UserId,
    author: author(by),
    mine: by === "me",
    saving: false,
    clientId: `c${seq}`,
    text: `message ${seq}`,
    replyTo: null,
    thread: null,
    files: [],
    reactions: {},
    editedAt: null,
    deletedAt: null,
    pinned: false,
  };
}

export const own = (key: string): UnsentMessage => ({
  key,
  state: "sending",
  seq: null,
  at: null,
  by: "me",
  author: author("me"),
  mine: true,
  clientId: key,
  text: `own ${key}`,
  replyTo: null,
  thread: null,
  files: [],
  problem: null,
});

export const unreadable = (seq: number): UnreadableMessage => ({
  key: `k${seq}`,
  state: "unreadable",
  text: "",
  seq,
  at: null,
  author: null,
  mine: false,
});
