import type { Member, Role, Room, Status } from "@snug/protocol";
import { useState } from "react";
import { AskOnce } from "../form/ask-once.tsx";
import { Choice } from "../form/choice.tsx";
import { Problem } from "../form/field.tsx";
import { useHouse } from "../house.ts";
import { PersonLine } from "../person/person-line.tsx";
import { wordOf } from "../presence/dot.tsx";
import { useWriteTo } from "../rooms/use-write-to.ts";
import { useDeed } from "../use-deed.ts";
import { maySendAway, roleNames, roleNotes, rolesFor } from "./rights.ts";

/** Somebody else in the room, and below them what may be done. */
export function MemberRow({
  room,
  member: { user, role },
  status,
  own,
}: {
  room: Room;
  member: Member;
  status: Status | undefined;
  own: Role | null;
}) {
  const { chat } = useHouse();
  const [unfolded, setUnfolded] = useState(false);
  const { busy, problem, run } = useDeed();
  const writeTo = useWriteTo(run);
  const place = { room: room.id, user: user.id };
  const roles = rolesFor(own, role);
  // What was chosen shows at once; what the server says stands in the end.
  const [chosen, setChosen] = useState<Role | null>(null);

  async function give(next: Role) {
    const body = { role: next };
    setChosen(next);
    const done = await run(() =>
      chat.call("PATCH /v1/rooms/:room/members/:user", { ...place, body }),
    );
    if (done?.ok !== true) setChosen(null);
  }
  async function sendAway(
    how: "DELETE /v1/rooms/:room/members/:user" | "PUT /v1/rooms/:room/bans/:user",
  ) {
    await run(() => chat.call(how, place));
  }

  if (chosen === role) setChosen(null);

  return (
    <div className="member" data-unfolded={unfolded || undefined}>
      <button
        type="button"
        className="listed"
        aria-expanded={unfolded}
        onClick={() => setUnfolded(!unfolded)}
      >
        <PersonLine
          user={user}
          status={status}
          more={`${roleNames[role]}${user.guest ? " · guest" : ""}${
            status?.lastSeen === undefined ? "" : ` · ${wordOf(status)}`
          }`}
        />
      </button>
      {unfolded && (
        <div className="member-deeds">
          {roles.length > 0 && (
            <Choice
              label={`Role of ${user.name}`}
              options={roles.map((value) => ({
                value,
                label: roleNames[value],
                note: roleNotes[value],
              }))}
              value={chosen ?? role}
              onChange={(next) => void give(next)}
            />
          )}
          <div className="deeds">
            <button
              type="button"
              className="quiet"
              aria-disabled={busy}
              onClick={() => void writeTo([user.id])}
            >
              Write to {user.name}
            </button>
            {maySendAway(own, role) && (
              <>
                <AskOnce
                  label="Remove"
                  question={`${user.name} is out at once, and may come back by the ways that are open.`}
                  yes={`Remove ${user.name}`}
                  busy={busy}
                  onYes={() => void sendAway("DELETE /v1/rooms/:room/members/:user")}
                />
                <AskOnce
                  label="Ban"
                  question={`${user.name} is out at once, and cannot come back until somebody lifts the ban.`}
                  yes={`Ban ${user.name}`}
                  busy={busy}
                  onYes={() => void sendAway("PUT /v1/rooms/:room/bans/:user")}
                />
              </>
            )}
          </div>
          <Problem detail={problem?.detail} />
        </div>
      )}
    </div>
  );
}
