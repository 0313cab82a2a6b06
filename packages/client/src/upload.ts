import type { Answers, SharedFile } from "@snug/protocol";
import type { ClientProblem, Outcome, UploadOptions } from "./api.ts";
import type { Clock } from "./clock.ts";
import { roomPath, type Http } from "./http.ts";
import { discarded, fail, readProblem, succeed } from "./problem.ts";

/** Milliseconds without a sign of progress after which an upload is given up; the server may be busy with pictures for so long. */
const STALL = 120_000;

const brokenOff: ClientProblem = {
  code: "no_connection",
  detail: "The upload broke off. Try it again.",
};

/** What stands in front of a server, nginx, say, refuses in words of its own. */
const tooLarge: ClientProblem = {
  code: "too_large",
  detail: "The file is too large.",
};

/** Sends a file's bytes, once; to try again is for whoever asked. */
export async function upload(
  { http, clock }: { readonly http: Http; readonly clock: Clock },
  room: string,
  blob: Blob,
  { name, onProgress = () => {}, signal }: UploadOptions = {},
): Promise<Outcome<SharedFile>> {
  const called = name ?? (blob instanceof File ? blob.name : "");
  const url = `${http.url}${roomPath(room)}/files?name=${encodeURIComponent(called)}`;
  const abort = new AbortController();
  let cancel = () => {};
  const goesOn = (part: number) => {
    cancel();
    cancel = clock.after(STALL, () => abort.abort());
    onProgress(part);
  };
  const signals = signal ? AbortSignal.any([signal, abort.signal]) : abort.signal;
  // Before any of it goes out: a refusal may come too late to be read.
  const token = await http.credentials.token(signal);
  if (!token.ok) return token;
  const headers = { ...http.authorization(), "content-type": "application/octet-stream" };
  let problem = brokenOff;
  try {
    goesOn(0);
    const { status, responseText } = await send(url, headers, blob, goesOn, signals);
    if (status === 413) problem = tooLarge;
    const json = JSON.parse(responseText) as Partial<Answers["File"]>;
    if (!json.file) return fail(readProblem(json) ?? problem);
    const { url: _, ...file } = json.file;
    goesOn(1);
    return succeed(file);
  } catch {
    return fail(signal?.aborted ? discarded : problem);
  } finally {
    cancel();
  }
}

/** The answer's status and text. Only the old way tells a page how far it is. */
function send(
  url: string,
  headers: Record<string, string>,
  blob: Blob,
  goesOn: (part: number) => void,
  signal: AbortSignal,
): Promise<Pick<XMLHttpRequest, "status" | "responseText">> {
  if (typeof XMLHttpRequest === "undefined")
    return fetch(url, { method: "POST", headers, body: blob, signal }).then(async (answer) => ({
      status: answer.status,
      responseText: await answer.text(),
    }));
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const request = new XMLHttpRequest();
    request.open("POST", url);
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.upload.onprogress = ({ loaded, total }) => goesOn(total > 0 ? loaded / total : 0);
    request.onload = () => resolve(request);
    request.onerror = request.onabort = reject;
    signal.addEventListener("abort", () => request.abort());
    request.send(blob);
  });
}
