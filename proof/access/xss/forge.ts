import type { Page } from "playwright-core";

/** Fields that a page shows as they come. */
const SHOWN = new Set(
  "name topic username avatar device detail title text url placeholder".split(" "),
);

/** Every answer and frame carries these texts in turn in the fields that are shown; returns the way back. */
export async function forge(page: Page, texts: readonly string[]): Promise<() => Promise<void>> {
  const isCall = (url: URL) => url.pathname.startsWith("/v1/") && url.pathname !== "/v1/socket";
  let count = 0;
  const next = () => texts[count++ % texts.length] ?? "";
  await page.route(isCall, async (route) => {
    // A connection that was kept may be closed by the server just then: a browser asks once more.
    const answer = await route.fetch({ maxRetries: 1 });
    const body = await answer.text();
    await route.fulfill({ response: answer, body: forged(body, next) });
  });
  await page.routeWebSocket("**/v1/socket", (socket) => {
    const server = socket.connectToServer();
    server.onMessage((frame) => socket.send(forged(String(frame), next)));
  });
  return async () => {
    await page.unroute(isCall);
  };
}

function forged(json: string, next: () => string): string {
  if (!json.startsWith("{")) return json;
  return JSON.stringify(
    JSON.parse(json, (key, value: unknown) => {
      if (key === "highlight" && Array.isArray(value)) return value.map(next);
      return SHOWN.has(key) && typeof value === "string" ? next() : value;
    }),
  );
}
