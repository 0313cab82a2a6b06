import { lazy, Suspense } from "react";

// Nineteen hundred emoji and their names: loaded when somebody first wants one.
const Picker = lazy(async () => ({ default: (await import("./picker.tsx")).Picker }));

/** Emoji to pick from, by search, arrows or pointer. Whoever opens it says where it stands. */
export function EmojiPicker(props: { onPick: (emoji: string) => void; onClose: () => void }) {
  return (
    <Suspense fallback={<div className="emoji-picker" />}>
      <Picker {...props} />
    </Suspense>
  );
}
