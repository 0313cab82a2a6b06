import { type ReactNode, useState } from "react";
import { copyText } from "./copy-text.ts";

export function CopyButton({
  text,
  className = "plain",
  icon,
}: {
  text: string;
  className?: string;
  icon?: ReactNode;
}) {
  const [done, setDone] = useState<"Copied" | "Could not copy" | null>(null);
  return (
    <button
      type="button"
      className={className}
      onClick={() =>
        void copyText(text).then((copied) => setDone(copied ? "Copied" : "Could not copy"))
      }
    >
      {icon}
      <span role="status">{done ?? "Copy"}</span>
    </button>
  );
}
