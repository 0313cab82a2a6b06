import type { Page as ServedPage } from "@snug/server";
import { afterAll, afterEach, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { launchChromium } from "./testing/chromium.ts";
import type { Lab } from "./testing/page.tsx";
import type { Proxy } from "./testing/proxy.ts";
import { eventually } from "./testing/until.ts";
import { connectionsOf, readLog, World } from "./testing.ts";

// A browser on a busy machine is slow.
setDefaultTimeout(30_000);

declare const lab: Lab;

const world = new World();
let browser: Browser;
let page: ServedPage;

beforeAll(async () => {
  const built = await Bun.build({
    entrypoints: [join(import.meta.dirname, "testing/page.tsx")],
    target: "browser",
    // A strict mode mounts twice only where it is meant to find faults.
    define: { "process.env.NODE_ENV": '"development"' },
  });
  const [script] = built.outputs;
  if (!script) throw new Error("the page was not built");
  page = {
    html: '<!doctype html><title>Lab</title><div id="root"></div><script type="module" src="/assets/lab.js"></script>',
    assets: new Map([
      [
        "/assets/lab.js",
        { type: "text/javascript", body: new Uint8Array(await script.arrayBuffer()) },
      ],
    ]),
  };
  browser = await launchChromium();
});
afterAll(() => browser.close());
afterEach(() => world.end());

/** A server behind a proxy, and a browser that begins with nothing. Pages throw nothing. */
async function setUp(script?: () => void) {
  const server = await world.server({ page });
  const proxy = await world.proxy(server.url);
  const context = await browser.newContext();
  const faults: Error[] = [];
  world.after(async () => {
    await context.close();
    expect(faults).toEqual([]);
  });
  if (script) await context.addInitScript(script);
  const open = async () => {
    const tab = await context.newPage();
    tab.on("pageerror", (fault) => faults.push(fault));
    await tab.goto(proxy.url);
    await tab.waitForFunction(() => "lab" in globalThis);
    return tab;
  };
  const { token } = await server.guest("Reader");
  return { server, proxy, context, open, texts: () => textsOf(server.url, token) };
}

async function textsOf(url: string, token: string): Promise<string[]> {
  const log = await readLog(url, token);
  return log.filter((event) => event.type === "message.posted").map(({ text }) => text);
}

/** Signed in by the cookie, and live. */
async function enter(tab: Page): Promise<void> {
  await tab.evaluate(async () => {
    lab.follow();
    const { status } = await lab.until(
      lab.chat.connection,
      (state) => state.status === "live" || state.status === "refused",
    );
    if (status === "refused") await lab.chat.becomeGuest("Ada");
    await lab.live();
  });
}

/** The types of the commands that a page sends. */
function commandsOf(tab: Page): string[] {
  const commands: string[] = [];
  tab.on("websocket", (socket) =>
    socket.on("framesent", ({ payload }) =>
      commands.push(String((JSON.parse(String(payload)) as { type: string }).type)),
    ),
  );
  return commands;
}

const list = (tab: Page) => tab.evaluate(() => lab.list());

/** The network is back, and the page hears of it: no test waits for a back-off. */
async function recover(proxy: Proxy, tab: Page): Promise<void> {
  proxy.up();
  await tab.evaluate(() => window.dispatchEvent(new Event("online")));
}

async function reload(tab: Page): Promise<void> {
  await tab.reload();
  await tab.waitForFunction(() => "lab" in globalThis);
  await tab.evaluate(() => void lab.follow());
}

test("[SDK5] under a strict mode two views of a room are one socket and one follow, and after the last nothing is left", async () => {
  const { server, open } = await setUp();
  const tab = await open();
  await enter(tab);
  await tab.reload();
  await tab.waitForFunction(() => "lab" in globalThis);
  const sockets: unknown[] = [];
  tab.on("websocket", (socket) => sockets.push(socket));
  const commands = commandsOf(tab);
  await eventually(async () => (await connectionsOf(server.url)) === 0);

  await tab.evaluate(() => lab.draw("general"));
  await tab.waitForFunction(() => document.body.innerText.includes("general live"));
  expect([sockets.length, commands]).toEqual([1, ["open-room"]]);
  await tab.evaluate(() => lab.post("hello"));
  await tab.waitForFunction(() => /general live hello\s+live 1/.test(document.body.innerText));

  // Away and back within the grace time: the same socket, the same follow.
  await tab.evaluate(() => lab.draw());
  await tab.evaluate(() => lab.draw("general"));
  await tab.waitForFunction(() => document.body.innerText.includes("general live hello"));
  expect([sockets.length, commands]).toEqual([1, ["open-room", "post-message"]]);

  await tab.evaluate(() => lab.draw("nowhere"));
  await tab.waitForFunction(() =>
    document.body.innerText.includes("nowhere refused room_not_found"),
  );
  await eventually(() => commands.at(-1) === "close-room");
  await tab.evaluate(() => lab.draw("general", "nowhere"));
  await tab.waitForFunction(() => document.body.innerText.includes("general live hello"));
  expect([sockets.length, commands.filter((type) => type === "open-room").length]).toEqual([1, 2]);

  await tab.evaluate(() => lab.draw());
  await eventually(async () => (await connectionsOf(server.url)) === 0);
  expect(await tab.evaluate(() => document.body.innerText.trim())).toBe("");
});

test("[SDK5] [SDK10] under a strict mode a thread, what is found and who is there are one follow, and nothing of it is left", async () => {
  const { server, open } = await setUp();
  const bob = await server.guest("Bob");
  const posted = await bob.post("root");
  const { message } = (await posted.json()) as { message: { seq: number } };
  const reply = { clientId: "r", text: "reply", thread: message.seq };
  await bob.call("POST", "/v1/rooms/general/messages", reply);
  const tab = await open();
  await enter(tab);
  await tab.reload();
  await tab.waitForFunction(() => "lab" in globalThis);
  const commands = commandsOf(tab);
  const shows = (facts: object) =>
    eventually(async () => {
      const drawn = (await tab.evaluate(() => lab.facts())) as Record<string, unknown>;
      return Object.entries(facts).every(([key, value]) => Bun.deepEquals(drawn[key], value));
    }, JSON.stringify(facts));
  await tab.evaluate((seq) => lab.drawCompany(seq), message.seq);
  await shows({ thread: [1, "reply"], found: "root", here: 1, typing: [], unread: 0, entry: 0 });
  // Of whom no connection is there, nobody knows whether they want to be seen.
  const socket = await bob.socket();
  await bob.call("POST", "/v1/rooms/general/typing");
  await shows({ typing: ["Bob"] });
  await bob.post("more");
  await shows({ typing: [], unread: 1, entry: 1 });
  await tab.evaluate(() => lab.draw());
  await tab.evaluate((seq) => lab.drawCompany(seq), message.seq);
  await shows({ thread: [1, "reply"], here: 1 });
  expect(commands).toEqual(["open-room"]);
  await tab.evaluate(() => lab.draw());
  socket.close();
  await eventually(async () => (await connectionsOf(server.url)) === 0);
});

test("[SDK5] what comes between two frames is drawn at once, also in a hidden page, and what one posts without waiting for one", async () => {
  const { server, open } = await setUp();
  const bob = await server.guest("Bob");
  const tab = await open();
  await enter(tab);
  await tab.evaluate(() => lab.draw("general"));
  await tab.waitForFunction(() => document.body.innerText.includes("general live"));
  // No frame comes until all of it is there.
  await tab.evaluate(() => {
    const ask = requestAnimationFrame;
    const asked: FrameRequestCallback[] = [];
    Object.assign(globalThis, {
      requestAnimationFrame: (act: FrameRequestCallback) => asked.push(act),
      paint: () => {
        globalThis.requestAnimationFrame = ask;
        for (const act of asked) act(performance.now());
      },
    });
  });
  const before = await tab.evaluate(() => lab.draws());
  for (let number = 1; number <= 20; number++) await bob.post(`number ${number}.`);
  await tab.evaluate(() => lab.listed(20, "sent"));
  expect(await tab.evaluate(() => lab.draws())).toBe(before);
  expect(await tab.evaluate(() => document.body.innerText)).not.toContain("number 1.");
  await tab.evaluate(() => (globalThis as unknown as { paint: () => void }).paint());
  expect(await tab.evaluate(() => document.body.innerText)).toContain("number 20.");
  // A strict mode draws twice.
  expect((await tab.evaluate(() => lab.draws())) - before).toBe(2);

  expect(await tab.evaluate(() => lab.postAndLook("mine"))).toContain("mine");

  await tab.evaluate(() => {
    Object.defineProperty(document, "hidden", { get: () => true });
    globalThis.requestAnimationFrame = () => 0;
  });
  await bob.post("unseen");
  await tab.waitForFunction(() => document.body.innerText.includes("unseen"), null, {
    polling: 100,
  });
});

test("[SDK2] [IDM1] what is written while the server is away survives a reload, and is sent once, in order", async () => {
  const { proxy, open, texts } = await setUp();
  const tab = await open();
  await enter(tab);
  proxy.hideApi();
  await tab.evaluate(() => void lab.post("one", "two"));
  await eventually(async () => (await list(tab)).status === "offline");
  const kept = () =>
    tab.evaluate(() => lab.until(lab.chat.room("general").state, ({ kept }) => kept));
  await kept();
  expect((await list(tab)).lines).toEqual(["one waiting", "two waiting"]);
  await reload(tab);
  await tab.evaluate(() => void lab.post("three"));
  await tab.evaluate(() => lab.listed(3, "waiting"));
  await kept();
  expect((await list(tab)).lines).toEqual(["one waiting", "two waiting", "three waiting"]);
  await reload(tab);
  await tab.evaluate(() => lab.listed(3, "waiting"));
  expect((await list(tab)).lines).toEqual(["one waiting", "two waiting", "three waiting"]);
  await recover(proxy, tab);
  await tab.evaluate(() => lab.listed(3, "sent"));
  await reload(tab);
  await tab.evaluate(() => lab.listed(3, "sent"));
  expect(await texts()).toEqual(["one", "two", "three"]);

  // Its fate is unknown when the page goes: it arrived, and nobody said so.
  proxy.isDeaf = true;
  await tab.evaluate(() => void lab.post("four"));
  await eventually(async () => (await texts()).length === 4);
  proxy.isDeaf = false;
  proxy.cut();
  await reload(tab);
  await tab.evaluate(() => lab.listed(4, "sent"));
  expect(await texts()).toEqual(["one", "two", "three", "four"]);
});

test("[SDK13] [SDK2] an upload tells how far it is, and once it is there its message survives a reload", async () => {
  const { context, proxy, open, server } = await setUp();
  const tab = await open();
  await enter(tab);
  // Browsers tell of it every 50 ms: half a second long, it is told of.
  const network = await context.newCDPSession(tab);
  const speed = { offline: false, latency: 0, downloadThroughput: -1 };
  await network.send("Network.emulateNetworkConditions", {
    ...speed,
    uploadThroughput: 16 * 1024 * 1024,
  });
  const parts = await tab.evaluate(async () => {
    const { uploads } = lab.chat.room("general");
    const seen = new Set<number>();
    const undo = uploads.items.subscribe(() => {
      for (const { progress } of uploads.items.get()) seen.add(progress);
    });
    uploads.add(new File([new Uint8Array(8 * 1024 * 1024)], "zeros.bin"));
    await lab.until(uploads.items, ([first]) => first?.state === "sent");
    undo();
    return [...seen];
  });
  expect(parts).toEqual(parts.toSorted((one, other) => one - other));
  expect([parts.length > 2, parts[0], parts.at(-1)]).toEqual([true, 0, 1]);
  await network.send("Network.emulateNetworkConditions", { ...speed, uploadThroughput: -1 });
  proxy.hideApi();
  await tab.evaluate(() => {
    const room = lab.chat.room("general");
    room.post("", { files: room.uploads.take() ?? [] });
  });
  await reload(tab);
  await tab.evaluate(() => lab.listed(1, "waiting"));
  await recover(proxy, tab);
  await tab.evaluate(() => lab.listed(1, "sent"));
  const reader = await server.guest("Bob");
  const { messages } = await reader.get("/v1/rooms/general/messages");
  expect(messages.at(-1)).toMatchObject({ text: "", files: [{ name: "zeros.bin" }] });
  const size = await tab.evaluate(async (id) => {
    const url = lab.chat.fileUrl(id).get() ?? "";
    return (await (await fetch(url)).blob()).size;
  }, messages.at(-1).files[0].id);
  expect(size).toBe(8 * 1024 * 1024);
});

test("[FIL6] [FIL8] a picture is drawn by the cookie, by a signed address elsewhere, and nothing that is uploaded runs", async () => {
  const { context, open, server } = await setUp();
  const tab = await open();
  await enter(tab);
  const drawn = await tab.evaluate(async () => {
    const room = lab.chat.room("general");
    const canvas = Object.assign(document.createElement("canvas"), { width: 1_200, height: 300 });
    const png = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve));
    const uploaded = await room.upload(png ?? new Blob());
    if (!uploaded.ok) throw new Error(uploaded.error.detail);
    const draw = async (url: string | null) => {
      const image = new Image();
      image.src = url ?? "";
      await image.decode();
      return image.naturalWidth;
    };
    const { id } = uploaded.value;
    const link = await (await fetch(`/v1/files/${id}/link`)).json();
    return {
      whole: await draw(lab.chat.fileUrl(id).get()),
      preview: await draw(lab.chat.fileUrl(id, { preview: true }).get()),
      link: new URL(String(link.url), location.href).href,
    };
  });
  expect(drawn).toMatchObject({ whole: 1_200, preview: 960 });

  const elsewhere = Bun.serve({
    port: 0,
    fetch: () =>
      new Response(`<img src="${drawn.link}">`, { headers: { "content-type": "text/html" } }),
  });
  world.after(() => elsewhere.stop(true));
  const other = await context.newPage();
  await other.goto(`http://localhost:${elsewhere.port}/`);
  await other.waitForFunction(() => document.images[0]?.naturalWidth === 1_200);

  const ran: string[] = [];
  other.on("dialog", (dialog) => void dialog.dismiss().then(() => ran.push(dialog.message())));
  for (const [name, text] of [
    ["a.html", "<!doctype html><script>alert('html')</script>"],
    ["a.svg", "<svg xmlns='http://www.w3.org/2000/svg'><script>alert('svg')</script></svg>"],
    ["a.png", "GIF89a=0;alert('gif')//"],
  ] as const) {
    const url = await tab.evaluate(
      async ([called, body]) => {
        const sent = await lab.chat.room("general").upload(new Blob([body]), { name: called });
        return sent.ok ? lab.chat.fileUrl(sent.value.id).get() : null;
      },
      [name, text] as const,
    );
    expect(await other.goto(url ?? "").catch((fault: Error) => fault.message)).toContain(
      "Download",
    );
  }
  expect(ran).toEqual([]);
  expect(server.faults).toEqual([]);
});

test("[SDK2] of two tabs the one that is written in sends, fast or slow, and each message goes out once", async () => {
  const { open, texts } = await setUp();
  const [one, other] = [await open(), await open()];
  const commands = [commandsOf(one), commandsOf(other)];
  await enter(one);
  await enter(other);
  const many = Array.from({ length: 20 }, (_, index) => `${index}`);
  expect(await one.evaluate(() => lab.post("first"))).toEqual([true]);
  expect(await other.evaluate((lines) => lab.post(...lines), many)).toEqual(many.map(() => true));
  expect(await one.evaluate(() => lab.post("last"))).toEqual([true]);
  for (const tab of [one, other]) await tab.evaluate(() => lab.listed(22, "sent"));
  expect(await texts()).toEqual(["first", ...many, "last"]);
  const posts = commands.map((sent) => sent.filter((type) => type === "post-message").length);
  // While the lead goes over, what is new may go out from both: the log takes it once.
  const [first = 0, second = 0] = posts;
  expect(first).toBeGreaterThanOrEqual(2);
  expect(first).toBeLessThan(6);
  expect(second).toBeGreaterThanOrEqual(20);
  expect(second).toBeLessThan(24);
});

test("[SDK2] tabs show what the other holds; when the one that sends is closed, the other sends it all, once", async () => {
  const { proxy, open, texts } = await setUp();
  const [one, other] = [await open(), await open()];
  await enter(one);
  await enter(other);
  proxy.hideApi();
  await one.evaluate(() => void lab.post("a", "b"));
  await other.evaluate(() => void lab.post("c"));
  for (const tab of [one, other]) {
    await tab.evaluate(() => lab.listed(3, "waiting"));
    expect((await list(tab)).lines).toEqual(["a waiting", "b waiting", "c waiting"]);
  }
  await other.close();
  await recover(proxy, one);
  await one.evaluate(() => lab.listed(3, "sent"));
  expect(await texts()).toEqual(["a", "b", "c"]);
  const third = await open();
  await third.evaluate(() => void lab.follow());
  await third.evaluate(() => lab.listed(3, "sent"));
});

test("[SDK2] two people in one browser send side by side; what waits of one is neither shown to another nor theirs to take back", async () => {
  const { server, proxy, open, texts } = await setUp();
  const [ada, bob, eve] = [
    await server.guest("Ada"),
    await server.guest("Bob"),
    await server.guest("Eve"),
  ];
  const [one, other] = [await open(), await open()];
  const enterAs = (tab: Page, { token }: { token: string }) =>
    tab.evaluate(async (given) => {
      lab.be(given);
      lab.follow();
      await lab.live();
    }, token);
  await enterAs(one, ada);
  await enterAs(other, bob);
  const third = await open();
  // In one page, in the same moment.
  const both = await third.evaluate(
    async (tokens) => {
      const rooms = tokens.map((token) => lab.be(token).room("general"));
      for (const { state } of rooms) {
        state.subscribe(() => {});
        await lab.until(state, ({ status }) => status === "live");
      }
      const postings = rooms.map(({ post }, index) => post(`${index}`));
      return Promise.all(postings.map(async (each) => each.ok && (await each.value.sent).ok));
    },
    [bob.token, eve.token],
  );
  expect(both).toEqual([true, true]);
  await third.close();

  proxy.hideApi();
  await one.evaluate(() => void lab.post("Ada's"));
  await other.evaluate(() => void lab.post("Bob's"));
  const waits = (lines: readonly string[]) => lines.filter((line) => !line.endsWith("sent"));
  expect(waits((await list(one)).lines)).toEqual(["Ada's waiting"]);
  expect(waits((await list(other)).lines)).toEqual(["Bob's waiting"]);
  for (const tab of [one, other])
    await tab.evaluate(() => lab.until(lab.chat.connection, ({ status }) => status === "offline"));
  // Ada's tab finds no way while all others do.
  await one.evaluate(() => {
    globalThis.fetch = (() => Promise.reject(new TypeError("no network"))) as never;
  });
  await recover(proxy, other);
  await other.evaluate(() => lab.listed(3, "sent"));
  const eves = await open();
  await enterAs(eves, eve);
  await eves.evaluate(() => lab.listed(3, "sent"));
  expect(waits((await list(one)).lines)).toEqual(["Ada's waiting"]);

  // Gone without a word, what waits is for whoever is here: until its writer is back.
  await one.close();
  const last = await open();
  await enterAs(last, eve);
  await last.evaluate(() =>
    lab.until(lab.chat.room("general").state, ({ unsent }) => unsent[0]?.state === "failed"),
  );
  const back = await open();
  await enterAs(back, ada);
  for (const tab of [last, back]) await tab.evaluate(() => lab.listed(4, "sent"));
  expect((await texts()).toSorted()).toEqual(["0", "1", "Ada's", "Bob's"]);
});

const storages = {
  "that is not there": () =>
    Object.defineProperty(globalThis, "indexedDB", { value: undefined, configurable: true }),
  "that may not be named": () =>
    Object.defineProperty(globalThis, "indexedDB", {
      get() {
        throw new DOMException("blocked", "SecurityError");
      },
    }),
  "that is full": () => {
    IDBObjectStore.prototype.put = () => {
      throw new DOMException("full", "QuotaExceededError");
    };
  },
  "that is blocked": () => {
    IDBFactory.prototype.open = () => {
      throw new DOMException("blocked", "SecurityError");
    };
  },
  "that hangs": () => {
    IDBFactory.prototype.open = () => Object.create(IDBOpenDBRequest.prototype) as IDBOpenDBRequest;
  },
} satisfies Record<string, () => unknown>;

test.each(Object.entries(storages))(
  "[SDK2] with a store %s it sends all the same, and says that nothing is kept",
  async (_, script) => {
    const { proxy, open, texts } = await setUp(script);
    const tab = await open();
    await enter(tab);
    proxy.hideApi();
    await tab.evaluate(() => void lab.post("a"));
    await tab.evaluate(() => lab.until(lab.chat.room("general").state, ({ kept }) => !kept));
    expect((await list(tab)).lines).toEqual(["a waiting"]);
    await recover(proxy, tab);
    await tab.evaluate(() => lab.listed(1, "sent"));
    expect(await tab.evaluate(() => lab.post("b"))).toEqual([true]);
    expect(await texts()).toEqual(["a", "b"]);
  },
);

test.each([
  ["is not there", () => void Reflect.deleteProperty(globalThis, "BroadcastChannel")],
  [
    "is refused",
    () => {
      globalThis.BroadcastChannel = class {
        constructor() {
          throw new DOMException("blocked", "SecurityError");
        }
      } as never;
    },
  ],
])("[SDK2] where a channel to other tabs %s it sends all the same", async (_, script) => {
  const { open, texts } = await setUp(script);
  const tab = await open();
  await enter(tab);
  expect(await tab.evaluate(() => lab.post("a"))).toEqual([true]);
  expect(await texts()).toEqual(["a"]);
});

const locks = {
  "are not there": () =>
    Object.defineProperty(Navigator.prototype, "locks", { value: undefined, configurable: true }),
  "are refused": () => {
    LockManager.prototype.request = () =>
      Promise.reject(new DOMException("not here", "SecurityError"));
  },
} satisfies Record<string, () => unknown>;

test.each(Object.entries(locks))("[SDK2] where locks %s each tab sends", async (_, script) => {
  const { open, texts } = await setUp(script);
  const [one, other] = [await open(), await open()];
  await enter(one);
  await enter(other);
  expect(await one.evaluate(() => lab.post("a"))).toEqual([true]);
  expect(await other.evaluate(() => lab.post("b"))).toEqual([true]);
  expect(await texts()).toEqual(["a", "b"]);
});

test("[SDK7] the network's return and a look at the page bring the next attempt at once", async () => {
  const { proxy, open } = await setUp();
  const tab = await open();
  await enter(tab);
  proxy.hideApi();
  const statuses = await tab.evaluate(async () => {
    const { connection } = lab.chat;
    const seen: string[] = [];
    const signs = [
      [window, new Event("online")],
      [window, new PageTransitionEvent("pageshow", { persisted: true })],
      [document, new Event("visibilitychange")],
    ] as const;
    for (const [target, sign] of signs) {
      await lab.until(connection, ({ status }) => status === "offline");
      target.dispatchEvent(sign);
      // Long before any wait is over.
      await new Promise((resolve) => setTimeout(resolve, 0));
      seen.push(connection.get().status);
    }
    return seen;
  });
  expect(statuses).toEqual(["connecting", "connecting", "connecting"]);
  await recover(proxy, tab);
  await tab.evaluate(() => lab.live());

  // So it does where an attempt hangs that began without a network.
  proxy.stallsAfter = 0;
  proxy.cut();
  await tab.evaluate(() => lab.until(lab.chat.connection, ({ status }) => status === "offline"));
  await recover(proxy, tab);
  await eventually(() => proxy.isSilent);
  proxy.stalls = false;
  await recover(proxy, tab);
  await tab.evaluate(() => lab.live());

  // A live link is only asked whether it lives.
  const commands = commandsOf(tab);
  await tab.reload();
  await tab.waitForFunction(() => "lab" in globalThis);
  await enter(tab);
  await tab.evaluate(() => window.dispatchEvent(new Event("offline")));
  await eventually(() => commands.at(-1) === "ping");
  expect(await tab.evaluate(() => lab.chat.connection.get().status)).toBe("live");
});
