import { useEffect, useState } from "react";

export type EmojiData = typeof import("./data.ts");

/** Loaded with the first text that seems to have a shortcode. */
export function useEmoji(text: string): EmojiData | null {
  const isWanted = /:[a-z0-9_+-]{2}/i.test(text);
  const [data, setData] = useState<EmojiData | null>(null);
  useEffect(() => {
    if (!isWanted || data !== null) return;
    void import("./data.ts").then(setData, () => {});
  }, [isWanted, data]);
  return data;
}
