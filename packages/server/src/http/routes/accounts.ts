import { answers, SignIn, SignUp } from "@snug/protocol";
import { problem } from "../answer.ts";
import { authenticate } from "../credentials.ts";
import { route } from "../route.ts";
import { deviceOf, door, signedIn } from "../sign-in.ts";

export const signUp = route({
  method: "POST",
  path: "/v1/accounts",
  summary: "Make an account; with a guest's token that guest becomes it",
  signedIn: false,
  signsIn: true,
  body: SignUp,
  answers: { 201: answers.Guest },
  refusals: ["forbidden", "username_taken", "room_full", "rate_limited"],
  async run({ world, request, body: { claim, ...body } }) {
    const claimsAdmin = world.mayClaim(claim);
    const closed = claimsAdmin && claim ? null : door("sign-up", world.signUp, body.invite);
    if (closed) return problem(closed.error);
    // Nobody, or whose session has ended, makes a new one.
    const who = await authenticate(world.chat, world.origins, request);
    const account = await world.chat.execute("sign-up", who.ok ? who.value : null, {
      ...body,
      device: deviceOf(request),
      claimsAdmin,
    });
    return account.ok ? signedIn(world, request, account.value) : problem(account.error);
  },
});

export const signIn = route({
  method: "POST",
  path: "/v1/sessions",
  summary: "Sign in with username and password",
  signedIn: false,
  signsIn: true,
  body: SignIn,
  answers: { 201: answers.Guest },
  refusals: ["bad_credentials", "rate_limited"],
  async run({ world, request, body }) {
    const session = await world.chat.execute("sign-in", null, {
      ...body,
      device: deviceOf(request),
    });
    return session.ok ? signedIn(world, request, session.value) : problem(session.error);
  },
});
