import type { ReactNode } from "react";
import { useLate } from "./use-late.ts";

/** What a quick answer never shows. */
const SKELETON_AFTER_MS = 150;

export function PageSkeleton({ children }: { children?: ReactNode }) {
  return (
    <main className="frame" aria-busy="true">
      <div className="rail" />
      <div className="room">
        <h1 className="hidden">Snug</h1>
        <div className="room-header" />
        <div className="conversation">
          <MessagesSkeleton />
        </div>
        <div className="foot">{children}</div>
      </div>
    </main>
  );
}

const shapes = ["long", "short", "middle", "long", "middle", "short"] as const;

export function MessagesSkeleton() {
  const late = useLate(true, SKELETON_AFTER_MS);
  if (!late) return null;
  return (
    <div className="skeleton">
      <span className="hidden" role="status">
        Loading messages
      </span>
      {shapes.map((shape, index) => (
        <div key={index} className={`skeleton-row ${shape}`} aria-hidden="true">
          <span className="face" />
          <span className="name" />
          <span className="line" />
        </div>
      ))}
    </div>
  );
}
