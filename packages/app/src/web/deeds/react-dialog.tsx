import type { SentMessage } from "@snug/client";
import { EmojiPicker } from "../emoji/emoji-picker.tsx";
import { useDeeds } from "./deeds-context.ts";
import { QuickSigns } from "./quick-signs.tsx";

/** Any emoji as one's reaction; those that are given most stand first. */
export function ReactDialog({ message, onClose }: { message: SentMessage; onClose: () => void }) {
  const { react } = useDeeds();
  return (
    <>
      <QuickSigns message={message} />
      <EmojiPicker
        onPick={(emoji) => react(message, emoji)}
        onClose={() => {
          // Escape in it; that the focus went to what stands beside it ends nothing here.
          if (document.activeElement?.closest(".emoji-picker")) onClose();
        }}
      />
    </>
  );
}
