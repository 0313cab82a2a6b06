import { Dialog } from "../dialog.tsx";
import { ForwardDialog } from "./forward-dialog.tsx";
import { HistoryDialog } from "./history-dialog.tsx";
import { MoreDialog } from "./more-dialog.tsx";
import { ReactDialog } from "./react-dialog.tsx";
import type { OverMessage } from "./use-deeds-on.ts";

export function DeedsDialogs({
  over: { deed, message },
  onClose,
}: {
  over: Exclude<OverMessage, { deed: "look" }>;
  onClose: () => void;
}) {
  switch (deed) {
    case "more":
      return (
        <Dialog title="Message" onClose={onClose}>
          <MoreDialog message={message} />
        </Dialog>
      );
    case "react":
      return (
        <Dialog title="React" onClose={onClose}>
          <ReactDialog message={message} onClose={onClose} />
        </Dialog>
      );
    case "forward":
      return (
        <Dialog title="Forward to" onClose={onClose}>
          <ForwardDialog message={message} />
        </Dialog>
      );
    case "history":
      return (
        <Dialog title="What it said before" onClose={onClose}>
          <HistoryDialog message={message} />
        </Dialog>
      );
  }
}
