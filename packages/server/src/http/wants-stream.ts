/** Whether a stream is asked for, where there is one. */
export function wantsStream(request: Request): boolean {
  // A HEAD asks for the headers alone: a stream would stay open for nobody.
  if (request.method !== "GET") return false;
  return request.headers.get("accept")?.includes("text/event-stream") ?? false;
}
