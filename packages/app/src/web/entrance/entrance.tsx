import type { Chat, Doors } from "@snug/client";
import { GENERAL } from "@snug/protocol";
import { useState } from "react";
import type { Address } from "../address.ts";
import { Mark } from "../mark.tsx";
import { DemoPeople } from "./demo-people.tsx";
import { GuestForm } from "./guest-form.tsx";
import { SignInForm } from "./sign-in-form.tsx";
import { SignUpForm } from "./sign-up-form.tsx";

type Way = "guest" | "sign in" | "sign up";

/** The first page: a name, and in; or the way of those who have an account. */
export function Entrance({
  chat,
  doors,
  address,
  onArriving,
}: {
  chat: Chat;
  doors: Doors | null;
  address: Address;
  onArriving: (arriving: boolean) => void;
}) {
  const [chosen, setChosen] = useState<Way | null>(address.claim === null ? null : "sign up");
  const invited = address.invite !== null;
  const isOpen = (door: Doors["guests"] | undefined) =>
    door === undefined || door === "open" || (door === "invite" && invited);
  const ways: Record<Way, boolean> = {
    guest: isOpen(doors?.guests),
    "sign in": true,
    "sign up": address.claim !== null || (doors !== null && isOpen(doors.signUp)),
  };
  const way = chosen ?? (ways.guest ? "guest" : "sign in");
  const others = (["guest", "sign in", "sign up"] as const).filter(
    (other) => other !== way && ways[other],
  );

  return (
    <main className="entrance">
      <div className="entrance-card">
        <Mark className="entrance-mark" />
        <h1>{titles[way]}</h1>
        <p className="soft">
          <Leads address={address} way={way} closed={!ways.guest} />
        </p>
        {way === "guest" && <GuestForm chat={chat} address={address} onArriving={onArriving} />}
        {way === "sign in" && <SignInForm chat={chat} onArriving={onArriving} />}
        {way === "sign up" && <SignUpForm chat={chat} address={address} onArriving={onArriving} />}
        <nav className="other-ways" aria-label="Other ways in">
          {others.map((other) => (
            <button key={other} type="button" className="plain" onClick={() => setChosen(other)}>
              {names[other]}
            </button>
          ))}
        </nav>
        {doors !== null && doors.demo.length > 0 && (
          <DemoPeople people={doors.demo} chat={chat} onArriving={onArriving} />
        )}
      </div>
    </main>
  );
}

const titles: Record<Way, string> = {
  guest: "Come on in",
  "sign in": "Welcome back",
  "sign up": "Make an account",
};
const names: Record<Way, string> = {
  guest: "Come in as a guest",
  "sign in": "Sign in",
  "sign up": "Make an account",
};

/** One line on what is behind the door. */
function Leads({ address, way, closed }: { address: Address; way: Way; closed: boolean }) {
  if (address.claim !== null)
    return "Nobody runs this Snug yet. The account you make here will be its administrator.";
  if (address.invite !== null)
    return way === "guest"
      ? "You are invited into a room. This is what the others will call you; change it as you like."
      : "You are invited into a room, and will be there once you are in.";
  if (address.room !== GENERAL)
    return way === "guest"
      ? "This link leads to a room. What shall the others there call you?"
      : "This link leads to a room, and you will be there once you are in.";
  if (way === "guest") return "Snug is a small room for talking. What shall the others call you?";
  if (way === "sign up") return "Your name and your rooms, on every device.";
  if (closed) return "Guests come in by an invite here. Ask somebody inside for one, or sign in.";
  return "Sign in with the account you have here.";
}
