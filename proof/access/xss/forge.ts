import type { Page } from "playwright-core";

/** Fields that a page shows as they come. */
const SHOWN = new Set("name topic username avatar device detail title text".split(" "));

/** Every answer and frame carries this text in each field that is shown; returns the way back. */
export async function forge(page: Page, text: string): Promise<() => Promise<void>> {
  const isCall = (url: URL) => url.pathname.startsWith("/v1/") && url.pathname !== "/v1/socket";
  await page.route(isCall, async (route) => {
    const answer = await route.fetch();
    const body = await answer.text();
    await route.fulfill({ response: answer, body: forged(body, text) });
  });
  await page.routeWebSocket("**/v1/socket", (socket) => {
    const server = socket.connectToServer();
    server.onMessage((frame) => socket.send(forged(String(frame), text)));
  });
  return async () => {
    await page.unroute(isCall);
  };
}

function forged(json: string, text: string): string {
  if (!json.startsWith("{")) return json;
  return JSON.stringify(
    JSON.parse(json, (key, value: unknown) =>
      SHOWN.has(key) && typeof value === "string" ? text : value,
    ),
  );
}
