import { useId } from "react";
import { CopyButton } from "../copy/copy-button.tsx";
import { CopyIcon } from "../icons.tsx";
import { QrCode } from "./qr-code.tsx";

/** A link or another secret to hand on: to copy and, for links, to photograph. */
export function LinkBox({ label, text, code }: { label: string; text: string; code: boolean }) {
  const id = useId();
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
        <CopyButton text={text} className="primary" icon={<CopyIcon />} />
      </div>
      {code && <QrCode text={text} />}
    </div>
  );
}
