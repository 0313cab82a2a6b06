import { memo, useEffect, useState } from "react";
import { CopyButton } from "../copy/copy-button.tsx";
import type { ColouredCode, highlight } from "./highlight.ts";

// Loaded with the first block that says its language; all later ones are coloured at once.
let colour: typeof highlight | null = null;

export const CodeBlock = memo(function CodeBlock({
  text,
  language,
}: {
  text: string;
  language: string | null;
}) {
  return (
    <div className="code-block">
      <div className="code-head">
        <span>{language ?? "code"}</span>
        <CopyButton text={text} />
      </div>
      {/* Its own scroller, which the keyboard reaches too. */}
      <pre role="group" aria-label="Code" tabIndex={0} dir="ltr">
        <code>{useColour(text, language) ?? text}</code>
      </pre>
    </div>
  );
});

function useColour(text: string, language: string | null) {
  const [ready, setReady] = useState(colour !== null);
  useEffect(() => {
    if (language === null || ready) return;
    let isGone = false;
    void import("./highlight.ts").then(
      (module) => {
        colour = module.highlight;
        if (!isGone) setReady(true);
      },
      // The server is away: code without colours is code too, and the next block asks again.
      () => {},
    );
    return () => {
      isGone = true;
    };
  }, [language, ready]);
  if (language === null || colour === null) return null;
  return colour(text, language)?.map((piece, index) => <Coloured key={index} piece={piece} />);
}

function Coloured({ piece }: { piece: ColouredCode }) {
  if (typeof piece === "string") return piece;
  return (
    <span data-token={piece.token}>
      {piece.pieces.map((inner, index) => (
        <Coloured key={index} piece={inner} />
      ))}
    </span>
  );
}
