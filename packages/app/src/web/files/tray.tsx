import type { PendingUpload } from "@snug/client";
import type { UploadsView } from "@snug/client/react";
import { CloseIcon, WarningIcon } from "../icons.tsx";
import type { Adding } from "./use-adding.ts";
import { sizeText } from "./size-text.ts";
import { Thumbnail } from "./thumbnail.tsx";
import { stateOf, type UploadState } from "./upload-state.ts";

/** Above the field: what goes with the next message, and what cannot. */
export function Tray({
  adding: { refused, dismiss },
  uploads: { items, retry, remove },
  live,
}: {
  adding: Adding;
  uploads: UploadsView;
  live: boolean;
}) {
  if (items.length === 0 && refused.length === 0) return null;
  return (
    <ul className="tray" aria-label="Files of your message">
      {items.map((item) => {
        const state = stateOf(item, live);
        return (
          <li key={item.key} className="upload" data-state={state}>
            <Thumbnail blob={item.blob} type={item.type} />
            <div className="upload-about">
              <bdi className="upload-name" title={item.name}>
                {item.name}
              </bdi>
              <Standing item={item} state={state} />
            </div>
            {state === "failed" && (
              <button
                type="button"
                className="plain"
                aria-label={`Retry ${item.name}`}
                onClick={() => retry(item.key)}
              >
                Retry
              </button>
            )}
            <TakeAway
              label={`${state === "sending" ? "Cancel" : "Remove"} ${item.name}`}
              onClick={() => remove(item.key)}
            />
          </li>
        );
      })}
      {refused.map((one, index) => (
        <li key={`${index} ${one.name}`} className="upload" data-state="failed">
          <span className="thumbnail">
            <WarningIcon />
          </span>
          <div className="upload-about">
            <bdi className="upload-name" title={one.name}>
              {one.name}
            </bdi>
            <p className="upload-standing problem" role="alert">
              {one.why}
            </p>
          </div>
          <TakeAway label={`Dismiss ${one.name}`} onClick={() => dismiss(one)} />
        </li>
      ))}
    </ul>
  );
}

function Standing({ item, state }: { item: PendingUpload; state: UploadState }) {
  const { name, size, progress, problem } = item;
  switch (state) {
    case "sending":
      return (
        <span className="upload-standing">
          <progress value={progress} aria-label={`How far ${name} is`} />
          {/* All is there, and the server looks at it. */}
          <span className="soft">{progress < 1 ? `${Math.floor(progress * 100)} %` : "…"}</span>
        </span>
      );
    case "waits":
      return <p className="upload-standing soft">Waits for the connection</p>;
    case "sent":
      return <p className="upload-standing soft">{sizeText(size)}</p>;
    case "failed":
      return (
        <p className="upload-standing problem" role="alert">
          {problem?.detail}
        </p>
      );
  }
}

function TakeAway({ label, onClick }: { label: string; onClick: () => void }) {
  return (
    <button type="button" className="bare" aria-label={label} title={label} onClick={onClick}>
      <CloseIcon />
    </button>
  );
}
