import type { Finding } from "../../finding.ts";
import { launchChromium } from "@snug/client/testing/chromium";
import type { Browser, Page } from "playwright-core";
import { Target } from "../../fuzz/target.ts";
import { comeIn, type Person } from "../person.ts";
import { forge } from "./forge.ts";
import { few, payloads } from "./payloads.ts";
import { tour } from "./tour.ts";
import { bite, Watch } from "./watch.ts";

const PASSWORD = "correct horse";
/** What a payload is compared with: the tags of a page that says nothing bad. */
const HARMLESS = [
  "plain words",
  "see https://example.org/a?b=c and www.example.org/ too",
  "**bold** *italics* ~~strike~~ `code` @here\n> quote\n\n- list\n\n1. list\n\n```js\nlet a;\n```",
];

/** Where names, topics and texts of others must have been in view, or nothing is proved. */
const VIEWS = [
  "the room",
  "members",
  "Pinned messages",
  "Threads you follow",
  "Banned people",
  "Name and topic",
  "Public rooms",
  "going to a room",
  "search",
  "Write to somebody",
  "Tokens for programs",
  "All people",
  "All rooms",
];

export interface XssOutcome {
  readonly finding: Finding;
  readonly troubles: readonly string[];
}

/** Puts each text into every field that is shown, in a real Chromium, and watches what the page does. */
export async function xss({ long }: { readonly long: boolean }): Promise<XssOutcome> {
  const texts = long ? payloads : few;
  const target = await Target.startWithPage("--rate-limits", "off");
  const browser = await launchChromium();
  try {
    const bitten = await bite(await browser.newContext(), texts);
    const page = await newPage(browser);
    const watch = await Watch.on(page, target.url);
    await inEveryField(page, watch, target.url, texts, long).catch((fault: unknown) => {
      // A page that fell over says least of all why in what it shows.
      watch.troubles.push(String(fault));
    });
    const { troubles } = watch;
    const { errors } = await target.stop();
    if (errors !== "") troubles.push(`the server said: ${errors.slice(0, 500)}`);
    return {
      finding: {
        part: "access",
        fault: "texts that would be scripts, in every field that the page shows",
        done: texts.length,
        bit: bitten,
        result: troubles.length === 0 ? "kept" : "broken",
        note: [
          `${bitten} of them run in a page that trusts them; here none, no dialog, no element and no violated policy`,
          ...troubles.slice(0, 3),
        ].join("; "),
      },
      troubles,
    };
  } finally {
    await browser.close();
    await target.stop();
  }
}

async function inEveryField(
  page: Page,
  watch: Watch,
  url: string,
  texts: readonly string[],
  long: boolean,
): Promise<void> {
  const ada = await comeIn(url, "/v1/accounts", { username: "ada", password: PASSWORD });
  const mallory = await comeIn(url, "/v1/guests", { name: "Mallory" });
  const room = await makeRoom(ada, { kind: "private", name: "attic" });
  await ada.call("PUT", `/v1/rooms/${room}/members/${mallory.id}`, { role: "member" });

  await page.context().request.post(`${url}/v1/sessions`, {
    headers: { origin: url },
    data: { username: "ada", password: PASSWORD },
  });
  await page.goto(`${url}/r/${room}`);
  await page.getByRole("button", { name: "About this room" }).click();
  // A first time with words, so that each of its views is known.
  await populate(url, ada, room, HARMLESS);
  for (const text of HARMLESS) await speak(page, ada, mallory, room, text);
  await page.goto(`${url}/r/${room}`);
  await tour(page, () => watch.learn());

  await page.goto(`${url}/r/${room}`);
  await page.getByRole("button", { name: "About this room" }).click();
  for (const text of texts) {
    const shown = await speak(page, ada, mallory, room, text);
    if (!shown) watch.troubles.push(`not shown as it was sent: ${text}`);
    await watch.look(text);
  }

  // What one types oneself, leaves in a draft, or follows as an address.
  const typed = long ? texts : texts.slice(0, 2);
  for (const text of typed) {
    await page.goto(
      `${url}/r/${encodeURIComponent(text.slice(0, 500))}#invite=${encodeURIComponent(text)}`,
    );
    await page.getByRole("button").first().waitFor();
    await watch.look(`in the address: ${text}`);
  }
  await page.goto(`${url}/r/${room}`);
  const composer = page.getByRole("textbox", { name: "Message", exact: true });
  for (const text of typed) {
    await composer.fill(text);
    await page.reload();
    await composer.waitFor();
    await watch.look(`as a draft: ${text}`);
    await composer.press("Enter");
    await watch.look(`as one's own: ${text}`);
    // A page that is left before would lose it, and asks.
    await page.locator("[data-state=waiting], [data-state=sending]").waitFor({ state: "detached" });
  }

  if (long) {
    await populate(url, ada, room, texts);
    await page.goto(`${url}/r/${room}`);
    await tour(page, (view) => watch.look(view));
  }
  // A server that says worse than it may: every field, whatever its form.
  const turns = long ? texts.filter((_, index) => index % 4 === 0).map((text) => [text]) : [texts];
  for (const forgeries of turns) {
    const honest = await forge(page, forgeries);
    await page.goto(`${url}/r/${room}`);
    await tour(page, (view) =>
      watch.look(long ? `${view}, forged: ${forgeries.join(", ")}` : view),
    );
    await honest();
  }
  for (const view of VIEWS)
    if (!watch.shown.has(view)) watch.troubles.push(`nothing bad was shown in: ${view}`);
}

async function newPage(browser: Browser): Promise<Page> {
  return (await browser.newContext({ viewport: { width: 1_400, height: 1_000 } })).newPage();
}

/** Says it, is called so, and calls the room so, while somebody looks; whether it is shown just so. */
async function speak(
  page: Page,
  ada: Person,
  mallory: Person,
  room: string,
  text: string,
): Promise<boolean> {
  await mallory.call("PATCH", "/v1/me", { name: fit(text, 64), avatar: fit(text, 16) });
  await ada.call("PATCH", `/v1/rooms/${room}`, { name: fit(text, 64), topic: fit(text, 1_000) });
  const messages = `/v1/rooms/${room}/messages`;
  const name = encodeURIComponent(text.slice(0, 200));
  const shared = await mallory.call("POST", `/v1/rooms/${room}/files?name=${name}`, "x");
  const { file } = (await shared.json()) as { file: { id: string } };
  const clientId = crypto.randomUUID();
  const sent = await mallory.call("POST", messages, { clientId, text, files: [file.id] });
  if (sent.status !== 201) throw new Error(`not sent: ${await sent.text()}`);
  const { message } = (await sent.json()) as { message: { seq: number } };
  const reply = { clientId: crypto.randomUUID(), text: "yes", thread: message.seq };
  await ada.call("POST", messages, reply);
  // Up to the most that a room has.
  await ada.call("PUT", `${messages}/${message.seq}/pin`);
  // Long texts are cut, with a way to the rest. Marks may be gone; an address may stand behind its
  // label; the numbers of a list are drawn by the browser.
  const words = text.slice(0, 200).match(/[\p{L}\p{N}]+(?![\p{L}\p{N}]|[.)] )/gu) ?? [];
  return page
    .waitForFunction(
      (wanted) =>
        [...document.querySelectorAll("article [id$=text]")].some((one) => {
          const links = [...one.querySelectorAll("a")].map(({ href }) => href);
          const shown = [one.textContent, ...links].join(" ");
          return wanted.every((word) => shown.includes(word));
        }),
      words,
      { timeout: 5_000 },
    )
    .then(() => true)
    .catch(() => false);
}

/** People, rooms, topics, bans, devices and tokens of these names. */
async function populate(url: string, ada: Person, room: string, texts: readonly string[]) {
  for (const [index, text] of texts.entries()) {
    const guest = await comeIn(url, "/v1/guests", { name: fit(text, 64) });
    await guest.call("PATCH", "/v1/me", { avatar: fit(text, 16) });
    if (index % 2 === 0) await ada.call("PUT", `/v1/rooms/${room}/members/${guest.id}`, {});
    if (index % 4 === 1) await ada.call("PUT", `/v1/rooms/${room}/bans/${guest.id}`);
    const names = { name: fit(`${index} ${text}`, 64), topic: fit(text, 1_000) };
    const open = await makeRoom(guest, { kind: "public", ...names });
    await ada.call("PUT", `/v1/rooms/${open}/members/me`, {});
    if (index % 6 === 0) await ada.call("POST", "/v1/tokens", { room: open });
    if (index % 6 === 1) await makeRoom(ada, { kind: "direct", with: [guest.id] });
    if (index % 6 === 2) await makeRoom(ada, { kind: "ephemeral", name: names.name });
    const device =
      text
        .replace(/[^ -~]/g, "")
        .trim()
        .slice(0, 400) || "x";
    if (index % 6 === 3)
      await comeIn(
        url,
        "/v1/sessions",
        { username: "ada", password: PASSWORD },
        { "user-agent": device },
      );
  }
}

async function makeRoom(owner: Person, body: object): Promise<string> {
  const made = await owner.call("POST", "/v1/rooms", body);
  if (!made.ok) throw new Error(`no room: ${await made.text()}`);
  return ((await made.json()) as { room: { id: string } }).room.id;
}

/** As much of it as the server takes for a name. */
function fit(text: string, most: number): string {
  const line = text.replace(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu, " ").trim();
  return Array.from(line).slice(0, most).join("").trim() || "x";
}
