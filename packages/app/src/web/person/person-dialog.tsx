import type { Chat } from "@snug/client";
import type { User } from "@snug/protocol";
import { useState } from "react";
import { closeDraft } from "../composer/draft.ts";
import { Dialog } from "../dialog.tsx";
import * as storage from "../storage.ts";
import { Avatar } from "./avatar.tsx";

export function PersonDialog({
  chat,
  user,
  roomId,
  onClose,
}: {
  chat: Chat;
  user: User;
  roomId: string;
  onClose: () => void;
}) {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);

  async function signOut() {
    if (busy) return;
    setBusy(true);
    setProblem(null);
    const outcome = await chat.signOut();
    setBusy(false);
    if (outcome.ok) closeDraft(storage, user.id, roomId);
    else setProblem(outcome.error.detail);
  }

  return (
    <Dialog label="You" onClose={onClose}>
      <div className="person">
        <Avatar id={user.id} name={user.name} />
        <div>
          <h2>
            <bdi>{user.name}</bdi>
          </h2>
          <p className="soft">{user.guest ? "Guest on this device" : "Signed in"}</p>
        </div>
      </div>
      {user.guest && (
        <p>
          Once you sign out, this name cannot be taken back up. What you said stays; you come back
          as somebody new, and a message you have begun is deleted.
        </p>
      )}
      <p className="problem" role="alert">
        {problem}
      </p>
      <div className="dialog-actions">
        <button type="button" className="quiet" onClick={onClose}>
          Stay
        </button>
        <button
          type="button"
          className="danger"
          aria-disabled={busy}
          onClick={() => void signOut()}
        >
          {busy ? "Signing out …" : "Sign out"}
        </button>
      </div>
    </Dialog>
  );
}
