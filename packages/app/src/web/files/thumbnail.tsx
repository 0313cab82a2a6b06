import { shownAs } from "@snug/protocol";
import { useEffect, useState } from "react";
import { TypeIcon } from "./type-icon.tsx";

/** What is about to be sent, as this device has it; its name stands beside it. */
export function Thumbnail({ blob, type }: { blob: Blob; type: string }) {
  const isPicture = shownAs(type) === "picture";
  const [url, setUrl] = useState<string | null>(null);
  useEffect(() => {
    if (!isPicture) return;
    const made = URL.createObjectURL(blob);
    setUrl(made);
    return () => {
      setUrl(null);
      URL.revokeObjectURL(made);
    };
  }, [blob, isPicture]);
  return (
    <span className="thumbnail">
      {url === null ? (
        <TypeIcon type={type} />
      ) : (
        <img src={url} alt="" draggable={false} onError={() => setUrl(null)} />
      )}
    </span>
  );
}
