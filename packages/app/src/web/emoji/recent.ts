import { recall, remember } from "../storage.ts";

const KEY = "snug.emoji";
const MOST = 24;

/** Those picked on this device, the last one first. */
export const recentEmoji = (): readonly string[] => (recall(KEY) ?? "").split(" ").filter(Boolean);

export const noteEmoji = (emoji: string): void =>
  void remember(KEY, [...new Set([emoji, ...recentEmoji()])].slice(0, MOST).join(" "));
