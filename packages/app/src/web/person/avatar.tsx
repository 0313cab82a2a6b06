import { faceOf, tintOf } from "./face.ts";

export function Avatar({
  id,
  name,
  avatar,
}: {
  id: string;
  name: string;
  avatar: string | undefined;
}) {
  const face = faceOf(name, avatar);
  return (
    <span
      className="avatar"
      data-tint={tintOf(id)}
      data-long={/[\p{L}\p{N}]{2}/u.test(face) || undefined}
      aria-hidden="true"
    >
      {face}
    </span>
  );
}
