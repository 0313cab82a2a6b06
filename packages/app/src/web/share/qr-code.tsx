import { useEffect, useState } from "react";

/** A link to be photographed. Always dark on light: not every camera reads it the other way. */
export function QrCode({ text }: { text: string }) {
  const [drawn, setDrawn] = useState<{ text: string; path: string; size: number } | null>(null);
  useEffect(() => {
    let over = false;
    void import("uqr")
      .then(({ encode }) => {
        const { data, size } = encode(text, { ecc: "M", border: 2 });
        if (!over) setDrawn({ text, size, path: pathOf(data) });
      })
      .catch(() => {
        // Without a connection the link itself is still there to copy.
      });
    return () => {
      over = true;
    };
  }, [text]);
  if (drawn?.text !== text) return <div className="qr" aria-hidden="true" />;
  return (
    <svg
      className="qr"
      role="img"
      aria-label="The link as a QR code"
      viewBox={`0 0 ${drawn.size} ${drawn.size}`}
      shapeRendering="crispEdges"
    >
      <path d={drawn.path} />
    </svg>
  );
}

/** One stroke for each run of dark squares. */
function pathOf(rows: readonly (readonly boolean[])[]): string {
  return rows
    .flatMap((row, y) =>
      row.map((dark, x) => {
        if (!dark || row[x - 1] === true) return "";
        const end = row.indexOf(false, x);
        const width = (end === -1 ? row.length : end) - x;
        return `M${x} ${y}h${width}v1h-${width}z`;
      }),
    )
    .join("");
}
