import type { Unread } from "@snug/client";
import { useEffect } from "react";
import { badgeText, callBy } from "./call.ts";

/** The window's title and its icon say what calls for one, in whichever room. */
export function useBadge(all: Unread, name: string): void {
  const { unread, count } = callBy(all);
  useEffect(() => {
    const sign = count > 0 ? `(${badgeText(count)}) ` : unread ? "• " : "";
    document.title = `${sign}${name === "" ? "" : `${name} · `}Snug`;
    return () => {
      document.title = "Snug";
    };
  }, [unread, count, name]);
  useEffect(() => {
    const icon = document.querySelector<HTMLLinkElement>("link[rel=icon]");
    if (!icon) return;
    const plain = (icon.dataset["plain"] ??= icon.href);
    icon.href = badged(plain, count > 0 ? badgeText(count) : unread ? "" : null);
    return () => {
      icon.href = plain;
    };
  }, [unread, count]);
}

/** The icon, an SVG in its own address, with a mark in its corner: a number, or a dot for the empty one. */
function badged(icon: string, mark: string | null): string {
  if (mark === null) return icon;
  const drawn =
    mark === ""
      ? "<circle cx='25' cy='7' r='6' fill='#d6453d'/>"
      : `<rect x='${mark.length > 1 ? 6 : 13}' y='0' width='${mark.length > 1 ? 26 : 19}' height='19' rx='9.5' fill='#d6453d'/><text x='${mark.length > 1 ? 19 : 22.5}' y='15' font-family='sans-serif' font-size='15' font-weight='700' text-anchor='middle' fill='#fff'>${mark}</text>`;
  return icon.replace("%3C/svg%3E", `${encodeURIComponent(drawn)}%3C/svg%3E`);
}
