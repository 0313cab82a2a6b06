import { initialOf, tintOf } from "./face.ts";

export function Avatar({ id, name }: { id: string; name: string }) {
  return (
    <span className="avatar" data-tint={tintOf(id)} aria-hidden="true">
      {initialOf(name)}
    </span>
  );
}
