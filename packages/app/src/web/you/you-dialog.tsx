import { GENERAL } from "@snug/protocol";
import { useState } from "react";
import { forgetDrafts } from "../composer/drafts.ts";
import { Dialog } from "../dialog.tsx";
import { Problem } from "../form/field.tsx";
import { useHouse } from "../house.ts";
import { DownIcon, NextIcon } from "../icons.tsx";
import { Avatar } from "../person/avatar.tsx";
import { goTo } from "../use-address.ts";
import { useAnswer } from "../use-answer.ts";
import { useDeed } from "../use-deed.ts";
import { AllPeople } from "./all-people.tsx";
import { AllRooms } from "./all-rooms.tsx";
import { Devices } from "./devices.tsx";
import { EraseMe } from "./erase-me.tsx";
import { KeepName } from "./keep-name.tsx";
import { Password } from "./password.tsx";
import { Profile } from "./profile.tsx";
import { Seen } from "./seen.tsx";
import { Tokens } from "./tokens.tsx";

const views = {
  keep: "Keep this name",
  profile: "Name and picture",
  seen: "How others see you",
  password: "Password",
  devices: "Devices",
  tokens: "Tokens for programs",
  people: "All people",
  rooms: "All rooms",
  erase: "Delete the account",
} as const;
type View = keyof typeof views;

/** Who one is here, and everything about that. */
export function YouDialog({ onClose }: { onClose: () => void }) {
  const { chat, user, doors } = useHouse();
  const [view, setView] = useState<View | null>(null);
  const me = useAnswer("me", () => chat.call("GET /v1/me", {}));
  const offered: Record<View, boolean> = {
    keep: user.guest && doors?.signUp === "open",
    profile: true,
    seen: true,
    password: !user.guest,
    devices: true,
    tokens: true,
    people: me.value?.admin === true,
    rooms: me.value?.admin === true,
    erase: true,
  };
  const back = () => setView(null);
  return (
    <Dialog
      title={view === null ? "You" : nameOf(view, user.guest)}
      onClose={onClose}
      onBack={view === null ? undefined : back}
    >
      {view === null && <First offered={offered} onView={setView} onClose={onClose} />}
      {view === "keep" && <KeepName onDone={back} />}
      {view === "profile" && <Profile onDone={back} />}
      {view === "seen" && <Seen me={me} />}
      {view === "password" && <Password onDone={back} />}
      {view === "devices" && <Devices />}
      {view === "tokens" && <Tokens />}
      {view === "people" && <AllPeople />}
      {view === "rooms" && <AllRooms />}
      {view === "erase" && <EraseMe />}
    </Dialog>
  );
}

const nameOf = (view: View, guest: boolean) =>
  view === "erase" && guest ? "Erase yourself here" : views[view];

function First({
  offered,
  onView,
  onClose,
}: {
  offered: Record<View, boolean>;
  onView: (view: View) => void;
  onClose: () => void;
}) {
  const { chat, user, show } = useHouse();
  const { busy, problem, run } = useDeed();

  async function signOut() {
    const outcome = await run(() => chat.signOut());
    if (outcome?.ok !== true) return;
    forgetDrafts(user.id);
    goTo(GENERAL, { replace: true });
  }

  return (
    <>
      <div className="person">
        <Avatar id={user.id} name={user.name} avatar={user.avatar} />
        <div>
          <p className="person-title">
            <bdi>{user.name}</bdi>
          </p>
          <p className="soft">
            {user.guest ? "Guest on this device" : `Signed in as ${user.username}`}
          </p>
        </div>
      </div>
      {offered.keep && (
        <button type="button" className="primary" onClick={() => onView("keep")}>
          Keep this name: make an account
        </button>
      )}
      <ul className="ways">
        {(Object.keys(views) as View[]).map(
          (view) =>
            view !== "keep" &&
            offered[view] && (
              <li key={view}>
                <button type="button" onClick={() => onView(view)}>
                  {nameOf(view, user.guest)}
                  <NextIcon />
                </button>
              </li>
            ),
        )}
        <li>
          <button type="button" onClick={() => show("shortcuts")}>
            Keyboard shortcuts
            <NextIcon />
          </button>
        </li>
        <li>
          <a href={chat.exportUrl()} download>
            Export my data
            <DownIcon />
          </a>
        </li>
      </ul>
      {user.guest && (
        <p className="soft small">
          Once you sign out, this name cannot be taken back up. What you said stays; you come back
          as somebody new, and a message you have begun is deleted.
        </p>
      )}
      <Problem detail={problem?.detail} />
      <div className="dialog-actions">
        <button type="button" className="quiet" onClick={onClose}>
          Stay
        </button>
        <button
          type="button"
          className="danger"
          aria-disabled={busy}
          onClick={() => void signOut()}
        >
          {busy ? "Signing out …" : "Sign out"}
        </button>
      </div>
    </>
  );
}
