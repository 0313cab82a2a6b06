import type { User } from "@snug/protocol";
import type { ReactNode } from "react";
import { Avatar } from "./avatar.tsx";

/** Somebody in a list: circle, name, and a few words. */
export function PersonLine({ user, more }: { user: User; more?: ReactNode }) {
  return (
    <span className="person-line">
      <Avatar id={user.id} name={user.name} avatar={user.avatar} />
      <span className="listed-text">
        <bdi className="listed-name">{user.name}</bdi>
        <small className="soft">{more ?? (user.guest ? "Guest" : user.username)}</small>
      </span>
    </span>
  );
}
