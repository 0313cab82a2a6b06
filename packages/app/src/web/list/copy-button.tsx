import { useState } from "react";
import { copyText } from "./copy-text.ts";

export function CopyButton({ text }: { text: string }) {
  const [done, setDone] = useState<"Copied" | "Could not copy" | null>(null);
  return (
    <button
      type="button"
      className="plain"
      onClick={() =>
        void copyText(text).then((copied) => setDone(copied ? "Copied" : "Could not copy"))
      }
    >
      {done ?? "Copy"}
    </button>
  );
}
