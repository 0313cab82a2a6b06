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
// An `await` here would have the bundler cut this script into five.
if (page)
  void onceThere(chat, address, page.firstChild !== null).then(() => {
    notePlace(page.querySelector(".log"), address.room);
    page.replaceChildren();
    createRoot(page).render(<App chat={chat} />);
  });
