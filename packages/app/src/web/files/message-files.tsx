import { useFileUrl } from "@snug/client/react";
import { type SharedFile, shownAs } from "@snug/protocol";
import { useHouse } from "../house.ts";
import { DownloadIcon } from "../icons.tsx";
import { boxOf, columnsOf, isPicture, type Sized } from "./box.ts";
import { Picture } from "./picture.tsx";
import { sizeText } from "./size-text.ts";
import { TypeIcon } from "./type-icon.tsx";

/** The files of a message: pictures first, then what is played, then what is saved. */
export function MessageFiles({
  messageKey,
  files,
}: {
  messageKey: string;
  files: readonly SharedFile[];
}) {
  if (files.length === 0) return null;
  const pictures = files.filter(isPicture);
  const others = files.filter((file) => !isPicture(file));
  return (
    <div className="files">
      {pictures.length > 0 && <Pictures messageKey={messageKey} pictures={pictures} />}
      {others.map((file) => {
        const shown = shownAs(file.type);
        return shown === "audio" || shown === "video" ? (
          <Player key={file.id} file={file} shown={shown} />
        ) : (
          <FileTile key={file.id} file={file} />
        );
      })}
    </div>
  );
}

function Pictures({ messageKey, pictures }: { messageKey: string; pictures: readonly Sized[] }) {
  const [alone, ...more] = pictures;
  if (alone === undefined) return null;
  if (more.length === 0) {
    const { width, height } = boxOf(alone);
    return (
      <Picture
        picture={alone}
        messageKey={messageKey}
        style={{ inlineSize: width, aspectRatio: `${width} / ${height}` }}
      />
    );
  }
  return (
    <div className="pictures" data-columns={columnsOf(pictures.length)}>
      {pictures.map((picture) => (
        <Picture key={picture.id} picture={picture} messageKey={messageKey} />
      ))}
    </div>
  );
}

/** By the browser's own controls, which the keyboard knows. */
function Player({ file, shown }: { file: SharedFile; shown: "audio" | "video" }) {
  const { chat } = useHouse();
  const url = useFileUrl(chat, file.id);
  const Media = shown;
  return (
    <figure className="player">
      <Media controls preload="metadata" src={url ?? undefined} aria-label={file.name} />
      <figcaption>
        <FileTile file={file} />
      </figcaption>
    </figure>
  );
}

/** Saved, and never opened here. */
function FileTile({ file: { id, name, type, size } }: { file: SharedFile }) {
  const { chat } = useHouse();
  const url = useFileUrl(chat, id);
  return (
    <a className="file-tile" href={url ?? undefined} download={name} title={name}>
      <TypeIcon type={type} />
      <span className="hidden">Download</span>
      <bdi className="file-name">{name}</bdi>
      <span className="soft small">{sizeText(size)}</span>
      <DownloadIcon />
    </a>
  );
}
