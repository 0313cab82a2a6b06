import { useRef } from "react";
import { ClipIcon } from "../icons.tsx";

/** Files from this device. */
export function FileButton({ onAdd }: { onAdd: (files: readonly File[]) => void }) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        aria-label="Files"
        // Choosing is not writing; see what listens around the composer.
        onInput={(event) => event.stopPropagation()}
        onChange={({ currentTarget }) => {
          onAdd([...(currentTarget.files ?? [])]);
          // The same file may be chosen once more.
          currentTarget.value = "";
        }}
      />
      <button
        type="button"
        className="bare round"
        aria-label="Add files"
        title="Add files"
        onClick={() => input.current?.click()}
      >
        <ClipIcon />
      </button>
    </>
  );
}
