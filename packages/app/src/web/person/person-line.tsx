import type { Status, User } from "@snug/protocol";
import type { ReactNode } from "react";
import { Dot } from "../presence/dot.tsx";
import { Avatar } from "./avatar.tsx";

/** Somebody in a list: circle, name, how they are, where it is known, and a few words. */
export function PersonLine({
  user,
  more,
  status,
}: {
  user: User;
  more?: ReactNode;
  status?: Status | undefined;
}) {
  return (
    <span className="person-line">
      <Avatar id={user.id} name={user.name} avatar={user.avatar} />
      <span className="listed-text">
        <span className="listed-name">
          <bdi>{user.name}</bdi>
          <Dot status={status} />
        </span>
        <small className="soft">{more ?? (user.guest ? "Guest" : user.username)}</small>
      </span>
    </span>
  );
}
