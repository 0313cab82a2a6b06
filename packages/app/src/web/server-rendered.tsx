import { type ChatMessage, createChat } from "@snug/client";
import type { Answers, InboxEntry, UserId } from "@snug/protocol";
import { renderToString } from "preact-render-to-string";
import { type Deeds, DeedsContext } from "./deeds/deeds-context.ts";
import { type House, HouseContext } from "./house.ts";
import { ClipIcon, PeopleIcon, RoomsIcon, SearchIcon, SendIcon, SmileIcon } from "./icons.tsx";
import { ListHead } from "./list/list-head.tsx";
import { DayHeading, MessageRow, NewLine, UnreadableRow } from "./list/message-row.tsx";
import { deriveRows, type Row } from "./list/rows.ts";
import { RoomTitle } from "./room/room-title.tsx";
import { titleOf } from "./rooms/title.ts";
import { PeopleContext } from "./text/mention.tsx";

/** What the page asks for first. */
export interface Begun {
  readonly me: Answers["Me"];
  /** The newest messages of the room; so many at most. */
  readonly page: Answers["Messages"];
  readonly limit: number;
}

/** Wherever one is, a day begins at a quarter of an hour. */
const QUARTER_MS = 15 * 60_000;

/**
 * The room as it is, for the server to send along: seen while the page's script is
 * still on its way, and replaced by what that draws, which looks the same. `null`
 * where the page would open further up than these messages reach, where it has not
 * enough in these answers to say what the room is called, and where one does not
 * write: what stands below the messages then is another thing for each reason.
 *
 * What only the reader's browser knows, the script in index.html sets right before it is seen:
 * where days begin (a row that may begin one, and else continues a group, has both
 * of its forms here), what time it was, what is cut, and what one began to write.
 */
export function render(roomId: string, { me, page, limit }: Begun): string | null {
  const { user } = me;
  const entry = me.rooms.find(({ room }) => room.id === roomId);
  if (entry === undefined || entry.role === "reader") return null;
  if (entry.room.archived || entry.room.kind === "direct") return null;
  const messages = inOrder(page, user.id);
  const older = messages.length < limit ? "none" : "some";
  const line = entry.unread > 0 ? entry.read : null;
  const oldest = messages[0]?.seq ?? null;
  if (oldest === null || (line !== null && older === "some" && oldest > line)) return null;

  const name = titleOf(entry.room, new Map());
  const rows = deriveRows(messages, older, new Map(), line, (at) => Math.floor(at / QUARTER_MS));
  const undivided = deriveRows(messages, older, new Map(), line, () => 0);
  // The one that is held back tells whether a day begins after it.
  const before = rows.length < messages.length ? (messages[0]?.at ?? undefined) : undefined;
  const nameOf = (id: string) => page.users[id]?.name;
  // Makes no call; where files are, and what is quoted, it knows as little as the page's own at first.
  const chat = createChat({ url: "http://localhost", token: () => "" });
  const house: House = {
    chat,
    user,
    inbox: { status: "loaded", rooms: me.rooms },
    doors: null,
    roomId,
    arrival: null,
    titleOf: () => name,
    roleIn: () => null,
    otherIn: () => null,
    go: nothing,
    show: nothing,
    say: nothing,
    settle: nothing,
  };
  const deeds: Deeds = {
    room: roomId,
    me: user.id,
    standing: {
      role: entry.role,
      archived: false,
      inThread: false,
      ended: false,
    },
    act: nothing,
    react: nothing,
    save: nothing,
    cancelEdit: nothing,
    look: nothing,
    follow: nothing,
    press: () => false,
    nameOf: (id) => nameOf(id) ?? "somebody",
  };
  return renderToString(
    <HouseContext value={house}>
      <DeedsContext value={deeds}>
        <PeopleContext value={{ nameOf, usernameOf: (id) => page.users[id]?.username, me: user }}>
          {/* To be seen only: nothing in it works yet but to scroll. */}
          <div className="frame">
            <div className="rail" />
            <div className="room">
              <Header name={name} entry={entry} />
              <div className="talk">
                <div className="conversation">
                  <div className="log">
                    <div className="rows" style={PLACED.rows} data-before={before} inert>
                      <ListHead older={older} name={name} onLoad={nothing} />
                      {rows.map((row, index) => (
                        <div
                          key={row.message.key}
                          className="row"
                          data-seq={row.message.seq}
                          style={PLACED.row}
                        >
                          {row.day !== null && <DayHeading at={row.day} />}
                          {row.startsNew && <NewLine />}
                          <Said row={row} startsGroup={row.startsGroup} />
                          {row.startsGroup && undivided[index]?.startsGroup === false && (
                            <Said row={row} startsGroup={false} />
                          )}
                        </div>
                      ))}
                    </div>
                  </div>
                </div>
                <div className="foot" inert>
                  <p className="typing-line" />
                  <Composer name={name} user={user.id} room={roomId} />
                </div>
              </div>
            </div>
          </div>
        </PeopleContext>
      </DeedsContext>
    </HouseContext>,
  );
}

const nothing = () => {};

/** The list has placed nothing yet; its end is END_GAP_REM in list/loaded-list.tsx. */
const PLACED = { rows: { paddingBlockEnd: "1rem" }, row: { position: "static" } } as const;

function Said({ row: { message, endsGroup }, startsGroup }: { row: Row; startsGroup: boolean }) {
  if (message.state === "unreadable") return <UnreadableRow />;
  return (
    <MessageRow
      message={message}
      startsGroup={startsGroup}
      endsGroup={endsGroup}
      whole={false}
      connected
      edit={null}
      walked={false}
      flashed={false}
      readers={undefined}
      onWhole={nothing}
      onRetry={nothing}
      onDiscard={nothing}
    />
  );
}

/** As the SDK has them. */
function inOrder(page: Answers["Messages"], me: UserId): ChatMessage[] {
  const sent = page.messages.map((message): ChatMessage => ({
    ...message,
    key: message.id,
    state: "sent",
    author: page.users[message.by] ?? null,
    mine: message.by === me,
    saving: false,
  }));
  const unreadable = (page.unreadable ?? []).map((seq): ChatMessage => ({
    key: `#${seq}`,
    state: "unreadable",
    seq,
    at: null,
    text: "",
    author: null,
    mine: false,
  }));
  return [...sent, ...unreadable].sort((one, other) => (one.seq ?? 0) - (other.seq ?? 0));
}

function Header({ name, entry }: { name: string; entry: InboxEntry }) {
  return (
    <header className="room-header" inert>
      <button type="button" className="bare rooms-button">
        <RoomsIcon />
      </button>
      <RoomTitle name={name} room={entry.room} />
      <div className="room-tools">
        {[<SearchIcon key="search" />, <PeopleIcon key="people" />].map((icon) => (
          <button key={icon.key} type="button" className="bare">
            {icon}
          </button>
        ))}
      </div>
    </header>
  );
}

function Composer({ name, user, room }: { name: string; user: string; room: string }) {
  return (
    <div className="writing">
      <div className="composer">
        <div className="composer-box">
          <textarea
            rows={1}
            dir="auto"
            placeholder={`Message ${name}`}
            data-user={user}
            data-room={room}
          />
          {[<ClipIcon key="clip" />, <SmileIcon key="smile" />].map((icon) => (
            <button key={icon.key} type="button" className="bare round">
              {icon}
            </button>
          ))}
          <button type="button" className="send">
            <SendIcon />
          </button>
        </div>
      </div>
    </div>
  );
}
