import type { SentMessage } from "@snug/client";
import { QuickSigns } from "./quick-signs.tsx";

export function ReactDialog({ message }: { message: SentMessage; onClose: () => void }) {
  return <QuickSigns message={message} />;
}
