import type { RoomId, RoomKind, SessionId, UserId } from "@snug/protocol";
import type { BackplaneListener, Effect } from "../../core/ports.ts";

/** What listeners are told that is in no log. */
export type News =
  | {
      readonly kind: "read";
      readonly room: RoomId;
      readonly user: UserId;
      readonly read: {
        readonly seq: number;
        readonly thread: number | null;
        readonly shown: boolean;
      };
    }
  | { readonly kind: "level"; readonly room: RoomId; readonly user: UserId }
  | { readonly kind: "presence"; readonly user: UserId }
  | { readonly kind: "session"; readonly session: SessionId }
  | { readonly kind: "user"; readonly user: UserId }
  | { readonly kind: "room"; readonly room: RoomId; readonly of: RoomKind }
  /** Somebody outside was banned. */
  | {
      readonly kind: "ban";
      readonly room: RoomId;
      readonly epoch: string;
      readonly effect: Effect;
    };

/** Whether whoever was cut off must hear of it all the same. Of a room they know by its log. */
export function isLasting({ kind }: News): boolean {
  return kind !== "read" && kind !== "level" && kind !== "room";
}

export function tell(listener: BackplaneListener, news: News): void {
  switch (news.kind) {
    case "read":
      return listener.readMoved(news.room, news.user, news.read);
    case "level":
      return listener.levelChanged(news.room, news.user);
    case "presence":
      return listener.presenceChanged(news.user);
    case "session":
      return listener.sessionEnded(news.session);
    case "user":
      return listener.userErased(news.user);
    case "room":
      return listener.roomDestroyed(news.room, news.of);
    case "ban": {
      const { room, epoch, effect } = news;
      const from = { seq: 0, id: "-" };
      return listener.committed({ room, epoch, from, events: [], effects: [effect] });
    }
  }
}
