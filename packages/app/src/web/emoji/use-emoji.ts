import { useEffect, useState } from "react";

export type EmojiData = typeof import("./data.ts");

/** Whoever has sent a text waits no longer for its emoji. */
const SHORTLY_MS = 1_500;

let data: EmojiData | null = null;
let loading: Promise<void> | null = null;

/** Loaded with the first text that may come to have a shortcode. */
export function useEmoji(text: string): EmojiData | null {
  const isWanted = text.includes(":");
  const [known, setKnown] = useState(data);
  useEffect(() => {
    if (isWanted && known === null) void load().then(() => setKnown(data));
  }, [isWanted, known]);
  return known;
}

/**
 * Hands over what replaces a text's shortcodes: at once where there are none or
 * they are known, else once they are. Where they do not come, it leaves them.
 */
export function withEmoji(text: string, use: (replace: (text: string) => string) => void): void {
  const act = () => use(data?.replaceShortcodes ?? ((same) => same));
  if (data !== null || !/:[a-z0-9_+-]+:/i.test(text)) return act();
  void Promise.race([load(), new Promise((end) => setTimeout(end, SHORTLY_MS))]).then(act);
}

/** Where it fails, the next one who wants it tries again. */
const load = (): Promise<void> =>
  (loading ??= import("./data.ts").then(
    (module) => {
      data = module;
    },
    () => {
      loading = null;
    },
  ));
