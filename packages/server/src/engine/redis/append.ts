import type { Event } from "@snug/protocol";
import { clearedText, eventText, sameContent } from "../../core/event-text.ts";
import { notFound } from "../../core/message-change.ts";
import { needsOf } from "../../core/needs.ts";
import type { Appended, Draft, Effect, Refused } from "../../core/ports.ts";
import { redacted } from "../../core/redaction.ts";
import { addBan, applyPlace, checkPlace, lastRole } from "./membership.ts";
import { applyMessage, checkMessage, countPost, eventAt, messageAt } from "./messages.ts";
import { roomOf, type RoomStep, type Sent } from "./room.ts";
import type { Step } from "./step.ts";
import { clear, holdsMore, trimmedAt } from "./trim.ts";

type Verdict = Refused | { kind: "unchanged" } | null;

/** Stores one event, or says why not. */
export async function append(step: Step, wanted: Draft, now: number): Promise<Appended> {
  const room = await roomOf(step, wanted.room);
  if (room === null) return { kind: "refused", why: "room_gone" };
  const { draft, verdict } = await choose(room, wanted, now);
  const { effect } = draft;
  if (effect !== null && takesAway(effect)) step.isFreeing = true;
  if (verdict !== null) {
    // A ban of somebody outside is no event; they may be looking in all the same.
    if (verdict.kind === "unchanged" && effect?.kind === "leave" && effect.ban) {
      addBan(room, effect.user, now);
      step.news.push({ kind: "ban", room: room.id, epoch: room.kept.epoch, effect });
    }
    return verdict;
  }
  const first = await sentBefore(room, draft, now);
  if (first !== null) return repeated(room, first, draft.body);
  if (effect?.kind === "clear") await clear(room, Math.max(now, room.at));
  const text = effect?.kind === "clear" ? clearedText : eventText;
  const { event, at } = room.push(draft, text, now);
  await apply(room, draft, event, at);
  return { kind: "stored", event };
}

/** Whoever fills a house can be stopped, and what they said removed, when it is full. */
function takesAway(effect: Effect): boolean {
  if (effect.kind === "role") return effect.role === "reader";
  if (effect.kind === "react") return !effect.on;
  return ["clear", "delete", "leave"].includes(effect.kind);
}

/** Why one of these would not be stored. */
export async function refusedOf(
  step: Step,
  drafts: readonly Draft[],
  now: number,
): Promise<Refused | null> {
  for (const draft of drafts) {
    const room = await roomOf(step, draft.room);
    if (room === null) return { kind: "refused", why: "room_gone" };
    const { verdict } = await choose(room, draft, now);
    if (verdict?.kind === "refused") return verdict;
  }
  return null;
}

/** What a repeat is answered. */
export async function repeated(room: RoomStep, sent: Sent, body: string): Promise<Appended> {
  const { seq, id } = sent;
  const json = await eventAt(room, seq);
  if (json === null)
    return { kind: "repeated", event: { seq, id, json: await erasedText(room, sent, body) } };
  if (!sameContent(json, body)) return { kind: "conflict" };
  const message = await messageAt(room, seq);
  return { kind: "repeated", event: { seq, id, json: message ? JSON.stringify(message) : json } };
}

/** Of what was trimmed nothing is left but its place and that it was sent; that is what its repeat finds. */
async function erasedText(room: RoomStep, sent: Sent, body: string): Promise<string> {
  const { seq, at, id, replyTo, thread } = sent;
  const erased = redacted(eventText(seq, at, id, body), await trimmedAt(room, seq));
  return JSON.stringify({ ...(JSON.parse(erased) as object), replyTo, thread });
}

/** The draft, or the one in its place where it is not allowed, and why that is not stored either. */
async function choose(
  room: RoomStep,
  draft: Draft,
  now: number,
): Promise<{ draft: Draft; verdict: Verdict }> {
  const verdict = await check(room, draft, now);
  return draft.instead && verdict?.kind === "refused" && verdict.why === "not_allowed"
    ? choose(room, draft.instead, now)
    : { draft, verdict };
}

async function check(room: RoomStep, draft: Draft, now: number): Promise<Verdict> {
  const { by, effect } = draft;
  const needs = await needsNow(room, draft);
  const other = effect !== null && "user" in effect ? effect.user : undefined;
  const target = effect !== null && "target" in effect ? effect.target : null;
  if (target !== null) room.watchMessages();
  // Asked together; what is asked again below is known by then.
  const [message] = await Promise.all([
    target === null ? null : messageAt(room, target),
    needs === null ? null : room.standing(by),
    other === undefined ? null : room.standing(other),
  ]);
  if (target !== null && message === null) return notFound;
  if (needs !== null && !(await room.allows(by, needs, { other, own: message?.by === by })))
    return { kind: "refused", why: "not_allowed" };
  if (effect === null) return null;
  switch (effect.kind) {
    case "join":
    case "leave":
    case "role":
    case "room":
      return checkPlace(room, effect, now);
    case "clear":
      return (await holdsMore(room)) ? null : { kind: "unchanged" };
    case "post":
    case "edit":
    case "delete":
    case "react":
    case "pin":
      return checkMessage(
        room,
        draft,
        effect,
        async () => (await sentBefore(room, draft, now)) !== null,
      );
  }
}

async function apply(
  room: RoomStep,
  { by, effect }: Draft,
  stored: { seq: number; id: string; json: string },
  at: number,
): Promise<void> {
  const event = JSON.parse(stored.json) as Event;
  if ("user" in event) room.tellsOf(event.user.id, stored.seq);
  switch (effect?.kind) {
    case undefined:
      if (event.type === "message.posted") await countPost(room, event);
      return;
    case "join":
    case "leave":
    case "role":
    case "room":
      return applyPlace(room, effect, { seq: stored.seq, at, by });
    case "clear":
      return;
    case "post":
    case "edit":
    case "delete":
    case "react":
    case "pin":
      return applyMessage(room, effect, stored);
  }
}

async function sentBefore(
  room: RoomStep,
  { by, clientId }: Draft,
  now: number,
): Promise<Sent | null> {
  return clientId === null ? null : room.sent(by, clientId, now);
}

/** `needsOf` asks in the same breath; what it asks for is looked up before. */
async function needsNow(room: RoomStep, draft: Draft): Promise<ReturnType<typeof needsOf>> {
  const { effect, instead } = draft;
  if (effect?.kind !== "join" || instead === undefined) return draft.needs;
  const last = await lastRole(room, effect.user);
  return needsOf(draft, () => last?.role === "reader");
}
