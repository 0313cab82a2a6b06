import { ClipIcon } from "../icons.tsx";

/** Over the messages, while files are held above them. */
export function DropHere({ name }: { name: string }) {
  return (
    <div className="drop-here" aria-hidden="true">
      <p>
        <ClipIcon />
        <span>
          Drop it here to add it to your message to <bdi>{name}</bdi>
        </span>
      </p>
    </div>
  );
}
