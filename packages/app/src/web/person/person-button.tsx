import type { User } from "@snug/protocol";
import { Avatar } from "./avatar.tsx";

export function PersonButton({ user, onOpen }: { user: User; onOpen: () => void }) {
  return (
    <button type="button" className="person-button" aria-haspopup="dialog" onClick={onOpen}>
      <Avatar id={user.id} name={user.name} avatar={user.avatar} />
      <span className="hidden">You: </span>
      <bdi className="person-name">{user.name}</bdi>
    </button>
  );
}
