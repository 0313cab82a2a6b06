import { answers, fail, FileQuery, UploadQuery } from "@snug/protocol";
import { previewOf } from "../../core/file-removal.ts";
import { notThere } from "../../core/verbs/show-file.ts";
import { answer, noContent, problem } from "../answer.ts";
import { authenticate } from "../credentials.ts";
import { fileHeaders, rangeOf } from "../file-headers.ts";
import { route, type HttpWorld } from "../route.ts";

export const uploadFile = route({
  method: "POST",
  path: "/v1/rooms/:room/files",
  summary: "Upload a file as the raw body, to be posted in this room",
  signedIn: true,
  bytes: "in",
  query: UploadQuery,
  answers: { 201: answers.File },
  refusals: ["forbidden", "invalid_request", "too_large", "store_full"],
  async run({ world, request, caller, actor, params, query }) {
    const length = Number(request.headers.get("content-length") ?? "none");
    const uploaded = await world.chat.execute("upload-file", actor, {
      room: params["room"] ?? "",
      name: query.name,
      size: Number.isSafeInteger(length) ? length : null,
      bytes: comingIn(world, request),
      renew: () => {
        world.giveTime(request);
        return authenticate(world.chat, world.origins, request, caller);
      },
    });
    if (!uploaded.ok) return problem(uploaded.error);
    const { url } = await world.links.sign(uploaded.value.id, actor);
    return answer(201, { file: { ...uploaded.value, url } });
  },
});

export const showFile = route({
  method: "GET",
  path: "/v1/files/:file",
  summary: "A file, whole or a range of it; with preview, the smaller picture where there is one",
  signedIn: true,
  linked: true,
  bytes: "out",
  query: FileQuery,
  answers: { 200: null, 206: null, 304: null },
  refusals: ["file_not_found", "range_not_satisfiable"],
  async run({ world, request, actor, params, query }) {
    const id = params["file"] ?? "";
    const shown = await world.chat.execute("show-file", actor, { file: id });
    if (!shown.ok) return problem(shown.error);
    const { file, preview } = shown.value;
    const isSmall = query.preview !== undefined && preview !== null;
    const [name, type, size] = isSmall
      ? [previewOf(id), "image/webp", preview]
      : [id, file.type, file.size];
    const etag = `"${name}"`;
    const headers = {
      ...fileHeaders(type, file.name),
      etag,
      // Where the browser sends our cookie by itself, no page of another origin may show it.
      "cross-origin-resource-policy": query.proof === undefined ? "same-origin" : "cross-origin",
    };
    if (request.headers.get("if-none-match")?.includes(etag))
      return new Response(null, { status: 304, headers });
    const range = rangeOf(request.headers, size, etag);
    if (range === null)
      return problem(noSuchPart, { ...headers, "content-range": `bytes */${size}` });
    const { from, to } = range === "all" ? { from: 0, to: size } : range;
    const bytes = await world.blobs.read(name, from, to);
    if (bytes === null) return problem(notThere.error);
    const part = range !== "all" && { "content-range": `bytes ${from}-${to - 1}/${size}` };
    return new Response(bytes, {
      status: range === "all" ? 200 : 206,
      headers: { ...headers, ...part, "content-length": String(to - from) },
    });
  },
});

export const linkFile = route({
  method: "GET",
  path: "/v1/files/:file/link",
  summary: "An address of the file that opens it for this session without more, until a time",
  signedIn: true,
  answers: { 200: answers.FileLink },
  refusals: ["file_not_found"],
  async run({ world, actor, params }) {
    const shown = await world.chat.execute("show-file", actor, { file: params["file"] ?? "" });
    if (!shown.ok) return problem(shown.error);
    return answer(200, await world.links.sign(shown.value.file.id, actor));
  },
});

export const dropFile = route({
  method: "DELETE",
  path: "/v1/files/:file",
  summary: "Take back an upload of yours that is in no message",
  signedIn: true,
  answers: { 204: null },
  refusals: ["forbidden", "file_not_found"],
  async run({ world, actor, params }) {
    const dropped = await world.chat.execute("drop-file", actor, { file: params["file"] ?? "" });
    return dropped.ok ? noContent() : problem(dropped.error);
  },
});

/** The body, however slowly it comes. */
async function* comingIn(
  { giveTime }: Pick<HttpWorld, "giveTime">,
  request: Request,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of request.body ?? []) {
    giveTime(request);
    yield chunk;
  }
}

const noSuchPart = fail("range_not_satisfiable", "The file has fewer bytes than that.").error;
