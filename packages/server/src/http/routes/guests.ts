import { answers, BecomeGuest } from "@snug/protocol";
import { problem } from "../answer.ts";
import { route } from "../route.ts";
import { deviceOf, door, signedIn } from "../sign-in.ts";

export const becomeGuest = route({
  method: "POST",
  path: "/v1/guests",
  summary: "Become a guest: a name, a session, and the room general, or the one an invite leads to",
  signedIn: false,
  signsIn: true,
  body: BecomeGuest,
  answers: { 201: answers.Guest },
  refusals: ["forbidden", "room_full", "room_gone", "rate_limited"],
  async run({ world, request, caller, body }) {
    const closed = door("guests", world.guests, body.invite);
    if (closed) return problem(closed.error);
    const { name, invite } = body;
    const guest = await world.chat.execute("become-guest", null, {
      name,
      invite,
      device: deviceOf(request),
      address: caller.address,
    });
    return guest.ok ? signedIn(world, caller, guest.value) : problem(guest.error);
  },
});
