import { createChat } from "@snug/client";
import { createRoot } from "react-dom/client";
import { App } from "./app.tsx";
import { takeBegun } from "./begun.ts";

takeBegun();

const page = document.getElementById("page");
if (page) createRoot(page).render(<App chat={createChat()} />);
