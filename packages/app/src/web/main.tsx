import { createChat } from "@snug/client";
import { createRoot } from "react-dom/client";
import { readAddress } from "./address.ts";
import { App } from "./app.tsx";
import { takeBegun } from "./begun.ts";
import { onceThere } from "./once-there.ts";

takeBegun();

const page = document.getElementById("page");
const chat = createChat();
// An `await` here would have the bundler cut this script into five.
if (page)
  void onceThere(chat, readAddress(location)).then(() =>
    createRoot(page).render(<App chat={chat} />),
  );
