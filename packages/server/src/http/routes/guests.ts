import { answers, BecomeGuest, fail } from "@snug/protocol";
import { answer, problem } from "../answer.ts";
import { sessionCookie } from "../credentials.ts";
import { route } from "../route.ts";

/** How much of a user agent is kept to tell sessions apart. */
const DEVICE_LENGTH = 200;

export const becomeGuest = route({
  method: "POST",
  path: "/v1/guests",
  summary: "Become a guest: a name, a session, and the room general",
  signedIn: false,
  signsIn: true,
  body: BecomeGuest,
  answers: { 201: answers.Guest },
  refusals: ["forbidden"],
  async run({ world, request, body }) {
    if (world.guests !== "open") {
      const detail =
        world.guests === "off"
          ? "Guests are not taken here; ask the operator for an account."
          : "Guests need an invite here; the operator can start Snug with --guests open.";
      return problem(fail("forbidden", detail).error);
    }
    const device = (request.headers.get("user-agent") ?? "").slice(0, DEVICE_LENGTH).toWellFormed();
    const guest = await world.chat.execute("become-guest", null, { name: body.name, device });
    if (!guest.ok) return problem(guest.error);
    const cookie = sessionCookie(guest.value.token, world.origins.isHttps(request));
    return answer(201, guest.value, { "set-cookie": cookie });
  },
});
