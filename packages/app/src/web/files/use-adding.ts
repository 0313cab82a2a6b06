import type { MessageList, Uploads } from "@snug/client";
import { useCallback, useMemo, useState } from "react";
import { useHouse } from "../house.ts";
import { admit, type Refused } from "./admit.ts";
import { type Brought, filesOf } from "./brought.ts";
import { useFileLimits } from "./use-file-limits.ts";

/** What goes with the next message, and the way into it. */
export interface Adding {
  readonly uploads: Uploads;
  /** What was not even begun. */
  readonly refused: readonly Refused[];
  readonly add: (files: readonly File[]) => void;
  /** What was pasted or dropped. */
  readonly bring: (brought: Pick<Brought, "files" | "items">) => void;
  readonly dismiss: (refused: Refused) => void;
  readonly dismissAll: () => void;
}

export function useAdding({ uploads }: Pick<MessageList, "uploads">): Adding {
  const { chat, say } = useHouse();
  const limits = useFileLimits(chat);
  const [refused, setRefused] = useState<readonly Refused[]>([]);

  const add = useCallback(
    (files: readonly File[]) => {
      const sorted = admit(files, uploads.items.get().length, limits);
      for (const file of sorted.admitted) uploads.add(file);
      setRefused(sorted.refused);
    },
    [uploads, limits],
  );
  const bring = useCallback(
    (brought: Pick<Brought, "files" | "items">) => {
      const { files, folders } = filesOf(brought);
      if (folders > 0) say("A folder cannot be sent. Its files can, or an archive of it.");
      add(files);
    },
    [add, say],
  );
  return useMemo(
    () => ({
      uploads,
      refused,
      add,
      bring,
      dismiss: (one) => setRefused((all) => all.filter((each) => each !== one)),
      dismissAll: () => setRefused([]),
    }),
    [uploads, refused, add, bring],
  );
}
