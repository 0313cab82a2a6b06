import { createChat } from "@snug/client";
import { options } from "preact";
import { createRoot } from "react-dom/client";
import { readAddress } from "./address.ts";
import { App } from "./app.tsx";
import { takeBegun } from "./begun.ts";
import { notePlace } from "./list/place-left.ts";
import { onceThere } from "./once-there.ts";

takeBegun();
// What a press leads to is all done by the next press, as with React, and not after the next frame.
options.requestAnimationFrame = queueMicrotask;

const page = document.getElementById("page");
const chat = createChat();
const address = readAddress(location);
if (page) void begin(page);

async function begin(place: HTMLElement): Promise<void> {
  await globalThis.painted;
  await onceThere(chat, address, place.firstChild !== null);
  notePlace(place.querySelector(".log"), address.room);
  place.replaceChildren();
  createRoot(place).render(<App chat={chat} />);
}
