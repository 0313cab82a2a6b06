import { GENERAL } from "@snug/protocol";
import type { Page } from "@snug/server";
import { runInThisContext } from "node:vm";
import type * as ServerRendered from "../web/server-rendered.tsx";

/** Messages that the page's script asks for at first. */
const LIMIT = 50;

/**
 * Puts into the page, for somebody who is signed in, the room that they come to
 * and the answers that its script asks for first.
 *
 * @param script what `buildScript` made of server-rendered.tsx
 */
export function rendering(html: string, script: string): NonNullable<Page["render"]> {
  let rendered: typeof ServerRendered | null = null;
  return async (path, ask) => {
    const room = path === "/" ? GENERAL : /^\/r\/([\w-]+)$/.exec(path)?.[1];
    // Who comes for one message is shown that one.
    if (room === undefined) return null;
    const paths = ["/v1/me", `/v1/rooms/${room}/messages?limit=${LIMIT}`] as const;
    const [me, page] = await Promise.all([ask(paths[0]), ask(paths[1])]);
    if (me === null || page === null) return null;
    rendered ??= load(script);
    const sight = rendered.render(room, {
      me: JSON.parse(me),
      page: JSON.parse(page),
      limit: LIMIT,
    });
    return html
      .replace(HTML, () => `${HTML.slice(0, -1)} data-asked="yes">`)
      .replace(
        PAGE,
        () => PAGE + templateOf(sight) + dataOf(paths[0], me) + dataOf(paths[1], page),
      );
  };
}

const HTML = '<html lang="en">';
const PAGE = '<div id="page"></div>';

/** Styles stand in attributes of their own: the page's policy takes them from a script only. */
const templateOf = (sight: string | null) =>
  sight === null ? "" : `<template>${sight.replaceAll(' style="', ' data-style="')}</template>`;

/** In a script an answer ends with nothing but its end. */
const dataOf = (path: string, json: string) =>
  `<script type="application/json" data-path="${path}">${json.replaceAll("<", "\\u003c")}</script>`;

function load(script: string): typeof ServerRendered {
  const module = { exports: {} };
  const filename = "server-rendered.js";
  runInThisContext(`(function (module, exports) {${script}})`, { filename })(
    module,
    module.exports,
  );
  return module.exports as typeof ServerRendered;
}
