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
  refusals: ["forbidden", "username_taken", "room_full", "room_gone", "rate_limited"],
  async run({ world, request, caller, body: { claim, ...body } }) {
    // Nobody, or whose session has ended, makes a new one.
    const who = await authenticate(world.chat, world.origins, request, caller);
    const claimed = await world.adminClaim.take(claim);
    if (!claimed.ok) return problem(claimed.error);
    const { claimsAdmin, byWord } = claimed.value;
    const closed = byWord ? null : door("sign-up", world.signUp, body.invite);
    if (closed) return problem(closed.error);
    const account = await world.chat.execute("sign-up", who.ok ? who.value : null, {
      ...body,
      device: deviceOf(request),
      address: caller.address,
      claimsAdmin,
    });
    if (byWord && claim !== undefined)
      if (account.ok) world.adminClaim.end();
      else world.adminClaim.giveBack(claim);
    return account.ok ? signedIn(world, caller, account.value) : problem(account.error);
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
  async run({ world, request, caller, body }) {
    const session = await world.chat.execute("sign-in", null, {
      ...body,
      device: deviceOf(request),
      address: caller.address,
    });
    return session.ok ? signedIn(world, caller, session.value) : problem(session.error);
  },
});
