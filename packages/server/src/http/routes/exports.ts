import { safeFileName } from "../../core/file-name.ts";
import { problem } from "../answer.ts";
import { authenticate } from "../credentials.ts";
import { meEntries, roomEntries, titleOf } from "../export/entries.ts";
import { openExport } from "../export/open-export.ts";
import { route, type Call } from "../route.ts";

export const exportRoom = route({
  method: "GET",
  path: "/v1/rooms/:room/export",
  summary: "All of a room that you may read: one zip of JSON lines, files, and a page to read it",
  signedIn: true,
  bytes: "out",
  answers: { 200: null },
  refusals: [],
  async run(call) {
    const { world, actor, params } = call;
    const ended = new AbortController();
    const room = params["room"] ?? "";
    const asked = { ...takenBy(call, ended), room };
    const exported = await world.chat.execute("export-room", actor, asked);
    if (!exported.ok) return problem(exported.error);
    const { value } = exported;
    const name = safeFileName(titleOf(value.room, value.members));
    return openExport(call, ended, name, value.still, (about) => roomEntries(value, about));
  },
});

export const exportMe = route({
  method: "GET",
  path: "/v1/me/export",
  summary: "All your own data: one zip of JSON lines, files, and a page to read it",
  signedIn: true,
  bytes: "out",
  answers: { 200: null },
  refusals: ["forbidden"],
  async run(call) {
    const { world, actor } = call;
    const ended = new AbortController();
    const exported = await world.chat.execute("export-me", actor, takenBy(call, ended));
    if (!exported.ok) return problem(exported.error);
    const { value } = exported;
    const name = safeFileName(actor.user.name);
    return openExport(call, ended, name, value.still, (about) => meEntries(value, about));
  },
});

const takenBy = (
  {
    world,
    request,
    caller,
  }: Pick<Call<undefined, undefined, true>, "world" | "request" | "caller">,
  { signal }: AbortController,
) => ({ signal, renew: () => authenticate(world.chat, world.origins, request, caller) });
