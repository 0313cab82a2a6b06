import { useId, useState } from "react";
import { CopyIcon } from "../icons.tsx";
import { copyText } from "../list/copy-text.ts";
import { QrCode } from "./qr-code.tsx";

/** A link or another secret to hand on: to copy and, for links, to photograph. */
export function LinkBox({ label, text, code }: { label: string; text: string; code: boolean }) {
  const id = useId();
  const [done, setDone] = useState<"Copied" | "Could not copy: select it" | null>(null);
  return (
    <div className="link-box">
      <label htmlFor={id}>{label}</label>
      <div className="link-line">
        <input
          id={id}
          value={text}
          readOnly
          dir="ltr"
          onFocus={(event) => event.currentTarget.select()}
        />
        <button
          type="button"
          className="primary"
          onClick={() =>
            void copyText(text).then((copied) =>
              setDone(copied ? "Copied" : "Could not copy: select it"),
            )
          }
        >
          <CopyIcon />
          <span role="status">{done ?? "Copy"}</span>
        </button>
      </div>
      {code && <QrCode text={text} />}
    </div>
  );
}
