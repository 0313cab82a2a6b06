import { useEntry, usePeople } from "@snug/client/react";
import type { Level, Role, Room, RoomKind } from "@snug/protocol";
import { Countdown } from "../clock/countdown.tsx";
import { useHouse } from "../house.ts";
import { DownIcon, NextIcon } from "../icons.tsx";
import { PersonLine } from "../person/person-line.tsx";
import { badgeText } from "../rooms/call.ts";
import { countOf } from "../rooms/count.ts";
import { Waiting } from "../waiting.tsx";
import { Endings } from "./endings.tsx";
import { LevelChoice } from "./level-choice.tsx";
import { MemberRow } from "./member-row.tsx";
import { asRole, byRank, rightsIn, roleNames, roleNotes } from "./rights.ts";
import { useMembers } from "./use-members.ts";
import type { View } from "./view.ts";

const THREADS = "Threads you follow";

/** Whoever comes back stands where they left. */
const focus = (way: HTMLElement | null) => way?.focus();

const kinds: Record<RoomKind, string> = {
  public: "Public room: all here may read it and join.",
  private: "Private room: only for those who are invited or added.",
  direct: "Direct room: between those who are in it, and nobody else.",
  ephemeral: "Ephemeral room: it ends by itself, and everything in it is erased.",
};

export function Overview({
  room,
  role,
  level,
  from,
  onView,
}: {
  room: Room;
  role: Role | null;
  level: Level | null;
  /** Where one comes back from. */
  from: View;
  onView: (view: View) => void;
}) {
  const { chat, user, show } = useHouse();
  const rights = rightsIn(room, role);
  const { value, problem, again } = useMembers(room.id);
  const people = usePeople(chat);
  const threads = useEntry(chat, room.id)?.threads ?? 0;
  const ways: [offered: boolean, label: string, to: View | "share"][] = [
    [true, "Pinned messages", "pins"],
    [role !== null, THREADS, "threads"],
    [rights.changes && !room.archived, "Name and topic", "change"],
    [room.kind === "ephemeral" || room.kind === "public", "Link and QR code", "share"],
    [rights.invites && room.kind !== "ephemeral", "Invites", "invites"],
    [rights.adds, "Add people", "add"],
    [rights.moderates, "Banned people", "bans"],
  ];
  return (
    <>
      <div className="about">
        {room.topic !== "" && (
          <p>
            <bdi>{room.topic}</bdi>
          </p>
        )}
        <p className="soft small">
          {kinds[room.kind]}
          {room.archived && " It is archived."}
          {room.capacity !== null && ` ${room.memberCount} of ${room.capacity} places are taken.`}
        </p>
        {room.expiresAt !== null && (
          <p className="small">
            Ends in <Countdown until={room.expiresAt} />
          </p>
        )}
        {role !== null && room.kind !== "direct" && (
          <p className="soft small">
            You are {asRole[role]} here, who {roleNotes[role]}.
          </p>
        )}
      </div>
      <ul className="ways">
        {ways.map(
          ([offered, label, to]) =>
            offered && (
              <li key={label}>
                <button
                  ref={to === from ? focus : undefined}
                  type="button"
                  onClick={() => (to === "share" ? show(to) : onView(to))}
                >
                  {label}
                  {label === THREADS && threads > 0 && (
                    <span className="badge">
                      {badgeText(threads)}
                      <span className="hidden"> with new replies</span>
                    </span>
                  )}
                  <NextIcon />
                </button>
              </li>
            ),
        )}
        <li>
          <a href={chat.exportUrl(room.id)} download>
            Export this room
            <DownIcon />
          </a>
        </li>
      </ul>
      {level !== null && <LevelChoice room={room.id} level={level} />}
      <section aria-label="Members">
        <h3>{countOf(room.memberCount, "member")}</h3>
        {value === null ? (
          <Waiting problem={problem?.detail} onAgain={again} />
        ) : (
          <ul className="list">
            {value.members.toSorted(byRank).map((member) => (
              <li key={member.user.id}>
                {member.user.id === user.id || room.kind === "direct" ? (
                  <PersonLine
                    user={member.user}
                    status={people[member.user.id] ?? member.status}
                    more={`${roleNames[member.role]}${member.user.id === user.id ? " · you" : ""}`}
                  />
                ) : (
                  <MemberRow
                    room={room}
                    member={member}
                    status={people[member.user.id] ?? member.status}
                    own={role}
                  />
                )}
              </li>
            ))}
          </ul>
        )}
      </section>
      <Endings room={room} rights={rights} />
    </>
  );
}
