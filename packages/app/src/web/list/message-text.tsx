import { memo } from "react";
import { linkify } from "./linkify.ts";

export const MessageText = memo(function MessageText({ text }: { text: string }) {
  return linkify(text).map((piece, index) =>
    piece.type === "text" ? (
      piece.text
    ) : (
      <a key={index} href={piece.href} target="_blank" rel="noopener noreferrer nofollow">
        {piece.text}
      </a>
    ),
  );
});
