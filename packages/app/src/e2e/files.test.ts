import type { TestGuest, TestServer } from "@snug/server/testing";
import { expect, test } from "bun:test";
import type { Page } from "playwright-core";
import { button, findings, refusals } from "./inside.ts";
import { watchDrift } from "./sight.ts";
import {
  comeIn,
  composer,
  expectEventually,
  goOffline,
  log,
  networkIsDown,
  say,
  stage,
} from "./testing.ts";

const { serve, profile, tab } = stage();

const tray = (page: Page) => page.getByRole("list", { name: "Files of your message" });
const pending = (page: Page, name: string) =>
  tray(page).getByRole("listitem").filter({ hasText: name });
const picture = (page: Page, name: string) => log(page).getByRole("button", { name, exact: true });

test("#15 pictures and files are pasted, dropped and chosen: a preview, how far each is, cancel, retry, and what cannot be sent is not begun", async () => {
  const server = await serve({ fileLimits: { fileBytes: 300_000 } });
  const context = await profile({ permissions: ["clipboard-read", "clipboard-write"] });
  const ada = await tab(context, server.url, networkIsDown);
  await comeIn(ada, "Ada");
  const begun: string[] = [];
  ada.on("request", (request) => {
    const { pathname, searchParams } = new URL(request.url());
    if (request.method() === "POST" && pathname.endsWith("/files"))
      begun.push(searchParams.get("name") ?? "");
  });

  // A screenshot, as a system's clipboard holds it.
  await ada.evaluate(async () => {
    const canvas = new OffscreenCanvas(120, 80);
    canvas.getContext("2d")?.fillRect(0, 0, 60, 80);
    const blob = await canvas.convertToBlob({ type: "image/png" });
    await navigator.clipboard.write([new ClipboardItem({ "image/png": blob })]);
  });
  await composer(ada).press("Control+V");
  const pasted = pending(ada, "image.png");
  await expectEventually(() => pasted.getAttribute("data-state"), "sent");
  expect(
    await pasted.locator("img").evaluate((image) => (image as HTMLImageElement).naturalWidth),
  ).toBe(120);

  // Slow from here on, and dropped over the messages.
  const network = await context.newCDPSession(ada);
  const slow = (uploadThroughput: number) =>
    network.send("Network.emulateNetworkConditions", {
      offline: false,
      latency: 0,
      downloadThroughput: -1,
      uploadThroughput,
    });
  await network.send("Network.enable");
  await slow(60_000);
  const brought = await ada.evaluateHandle(() => {
    const transfer = new DataTransfer();
    transfer.items.add(new File([new Uint8Array(250_000)], "slow.bin"));
    transfer.items.add(new File([new Uint8Array(400_000)], "large.bin"));
    return transfer;
  });
  const overlay = ada.getByText("Drop it here");
  await log(ada).dispatchEvent("dragenter", { dataTransfer: brought });
  await overlay.waitFor();
  await log(ada).dispatchEvent("drop", { dataTransfer: brought });
  expect(await overlay.count()).toBe(0);
  await pending(ada, "large.bin").getByText("It has 391 KB, and 293 KB is the most.").waitFor();
  const bar = pending(ada, "slow.bin").getByRole("progressbar");
  await expectEventually(async () => {
    const part = await bar.evaluate((one) => (one as HTMLProgressElement).value);
    return part > 0 && part < 1;
  }, true);

  // What is to be sent meanwhile waits for it, and goes without it when it is taken back.
  await say(ada, "Look at this");
  await ada.getByText("Goes out once the files are there.").waitFor();
  expect(await log(ada).getByRole("article").count()).toBe(0);
  await button(ada, "Cancel slow.bin").click();
  await picture(ada, "image.png").waitFor();
  await log(ada).getByText("Look at this").waitFor();
  expect([await tray(ada).count(), await composer(ada).inputValue()]).toEqual([0, ""]);
  await slow(-1);

  // One that breaks off is tried again where one asks for it; without a text it is a message too.
  await ada.route("**/files?name=*", (route) => route.abort());
  await ada.getByLabel("Files", { exact: true }).setInputFiles({
    name: "notes.txt",
    mimeType: "text/plain",
    buffer: Buffer.from("notes"),
  });
  await pending(ada, "notes.txt").getByText("The upload broke off. Try it again.").waitFor();
  await composer(ada).press("Enter");
  await ada.getByText("A file is not there.").waitFor();
  await ada.unroute("**/files?name=*");
  await button(ada, "Retry notes.txt").click();
  await expectEventually(() => pending(ada, "notes.txt").getAttribute("data-state"), "sent");
  await composer(ada).press("Enter");
  await log(ada)
    .getByRole("link", { name: /notes\.txt/ })
    .waitFor();

  // Without a connection it waits, and goes by itself.
  await goOffline(context, server);
  await ada.getByText("No connection").waitFor();
  await ada.getByLabel("Files", { exact: true }).setInputFiles({
    name: "later.txt",
    mimeType: "text/plain",
    buffer: Buffer.from("later"),
  });
  await pending(ada, "later.txt").getByText("Waits for the connection").waitFor();
  await composer(ada).press("Enter");
  await context.setOffline(false);
  await log(ada)
    .getByRole("link", { name: /later\.txt/ })
    .waitFor();

  expect(begun.slice(0, 4)).toEqual(["image.png", "slow.bin", "notes.txt", "notes.txt"]);
  const bob = await server.guest("Bob");
  const stored = async () => (await bob.get("/v1/rooms/general/messages")).messages.map(said);
  // The last one is shown before it is sent.
  await expectEventually(stored, [
    ["Look at this", "image.png"],
    ["", "notes.txt"],
    ["", "later.txt"],
  ]);
});

test("[FIL5] [FIL8] pictures have their place before they are there, are looked at by keys, run nothing, and are gone with their message and for strangers", async () => {
  const server = await serve();
  const bob = await server.guest("Bob");
  // axe is put into the page, which the page's own policy forbids.
  const context = await profile({ bypassCSP: true, reducedMotion: "reduce" });
  const ada = await tab(context, server.url, refusals);
  await comeIn(ada, "Ada");
  const one = await upload(server, bob, "one.png", await paint(ada, 900, 600));
  const again = await upload(server, bob, "again.png", await paint(ada, 900, 600));
  const two = await upload(server, bob, "two.png", await paint(ada, 300, 500));
  const wild =
    "<svg xmlns='http://www.w3.org/2000/svg'><script>document.title='run'</script></svg>";
  const svg = await upload(server, bob, "wild.svg", wild);
  const html = await upload(server, bob, "wild.html", "<script>document.title='run'</script>");
  const sound = await upload(server, bob, "tone.wav", tone());

  // Their bytes come late, and nothing that is read moves by that.
  let letGo = () => {};
  const gate = new Promise<void>((resolve) => (letGo = resolve));
  await ada.route("**/v1/files/*preview", async (route) => {
    await gate;
    await route.continue();
  });
  const first = await post(bob, "", [one]);
  await post(bob, "Two of them", [again, two]);
  await bob.post("After them");
  await log(ada).getByText("After them").waitFor();
  await picture(ada, "one.png").waitFor();
  const place = () => picture(ada, "one.png").boundingBox();
  const before = await place();
  expect(before?.width).toBeGreaterThan(300);
  const drift = await watchDrift(ada);
  const moved = await drift.during(async () => {
    letGo();
    await expectEventually(() => log(ada).locator(".picture[data-state=there]").count(), 3);
  });
  expect([moved, await place()]).toEqual([0, before]);

  // By keys: in, on, out, and back to where one was.
  await picture(ada, "again.png").focus();
  await ada.keyboard.press("Enter");
  const shown = (name: string) => ada.getByRole("dialog", { name, exact: true });
  await shown("again.png").getByRole("img", { name: "again.png" }).waitFor();
  await ada.keyboard.press("ArrowRight");
  await shown("two.png").getByText("2 of 2").waitFor();
  expect(await findings(ada)).toEqual([]);
  await ada.keyboard.press("ArrowLeft");
  await shown("again.png").waitFor();
  await ada.keyboard.press("Escape");
  await expectEventually(() => ada.getByRole("dialog").count(), 0);
  expect(await picture(ada, "again.png").evaluate((at) => at === document.activeElement)).toBe(
    true,
  );

  // What might run is only ever saved; sound is played, from wherever one likes.
  await post(bob, "", [svg, html, sound]);
  const saving = ada.waitForEvent("download");
  await log(ada)
    .getByRole("link", { name: /wild\.svg/ })
    .click();
  expect((await saving).suggestedFilename()).toBe("wild.svg");
  await log(ada)
    .getByRole("link", { name: /wild\.html/ })
    .waitFor();
  expect(await log(ada).locator("img[alt^=wild], iframe, object, embed").count()).toBe(0);
  expect(await ada.title()).not.toBe("run");
  const heard = await log(ada)
    .locator("audio")
    .evaluate(async (element) => {
      const audio = element as HTMLAudioElement;
      const seeked = new Promise((resolve) => audio.addEventListener("seeked", resolve));
      if (audio.readyState === 0)
        await new Promise((resolve) => (audio.onloadedmetadata = resolve));
      audio.currentTime = 1.5;
      await seeked;
      return audio.currentTime;
    });
  expect(heard).toBe(1.5);
  expect(await findings(ada)).toEqual([]);

  // With its message it is gone, for whoever looks at it too; of a room one is not in there is none.
  const statusOf = (id: string) =>
    ada.evaluate(async (file) => (await fetch(`/v1/files/${file}`)).status, id);
  expect(await statusOf(one)).toBe(200);
  await picture(ada, "one.png").click();
  await shown("one.png").waitFor();
  await bob.call("DELETE", `/v1/rooms/general/messages/${first}`);
  await expectEventually(() => ada.getByRole("dialog").count(), 0);
  await log(ada).getByText("This message was deleted").waitFor();
  expect([await picture(ada, "one.png").count(), await statusOf(one)]).toEqual([0, 404]);
  const attic = await bob.room("private", { name: "attic" });
  const hidden = await upload(server, bob, "hidden.png", await paint(ada, 10, 10), attic);
  await post(bob, "", [hidden], attic);
  expect(await statusOf(hidden)).toBe(404);
});

const said = ({ text, files }: { text: string; files: { name: string }[] }) => [
  text,
  ...files.map(({ name }) => name),
];

/** A picture that does not become nothing when it is packed. */
async function paint(page: Page, width: number, height: number): Promise<Buffer<ArrayBuffer>> {
  const url = await page.evaluate(
    ([across, down]) => {
      const canvas = document.createElement("canvas");
      Object.assign(canvas, { width: across, height: down });
      const brush = canvas.getContext("2d");
      for (let at = 0; brush && at < 40; at++) {
        brush.fillStyle = `hsl(${at * 9} 60% 50%)`;
        brush.fillRect((at * across) / 40, 0, across, down);
      }
      return canvas.toDataURL("image/png");
    },
    [width, height] as const,
  );
  return Buffer.from(url.slice(url.indexOf(",") + 1), "base64");
}

/** Two seconds of a recording, of nothing. */
function tone(): Buffer<ArrayBuffer> {
  const rate = 8_000;
  const head = Buffer.alloc(44);
  head.write("RIFF\0\0\0\0WAVEfmt ", "latin1");
  head.writeUInt32LE(36 + 2 * rate, 4);
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(rate, 24);
  head.writeUInt32LE(rate, 28);
  head.writeUInt16LE(1, 32);
  head.writeUInt16LE(8, 34);
  head.write("data", 36);
  head.writeUInt32LE(2 * rate, 40);
  return Buffer.concat([head, Buffer.alloc(2 * rate, 128)]);
}

async function upload(
  { url }: TestServer,
  { authorization }: TestGuest,
  name: string,
  body: string | Buffer<ArrayBuffer>,
  room = "general",
): Promise<string> {
  const sent = await fetch(`${url}/v1/rooms/${room}/files?name=${name}`, {
    method: "POST",
    headers: { authorization },
    body,
  });
  return ((await sent.json()) as { file: { id: string } }).file.id;
}

/** The message's number. */
async function post(who: TestGuest, text: string, files: string[], room = "general") {
  const clientId = crypto.randomUUID();
  const sent = await who.call("POST", `/v1/rooms/${room}/messages`, { clientId, text, files });
  expect(sent.status).toBe(201);
  return ((await sent.json()) as { message: { seq: number } }).message.seq;
}
