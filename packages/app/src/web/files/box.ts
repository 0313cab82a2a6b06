import { type SharedFile, shownAs } from "@snug/protocol";

/** A picture alone is at most so large, in pixels. */
const WIDEST = 448;
const HIGHEST = 320;
/** What is pressed is at least so large. */
const LEAST = 44;
const GAP = 8;
/** One of several pictures, about. */
const CELL = 150;
const VIDEO = 252;
const AUDIO = 80;
const TILE = 60;

/** A picture that has a size to be drawn at before it is there. */
export type Sized = SharedFile & { readonly width: number; readonly height: number };

export const isPicture = (file: SharedFile): file is Sized =>
  shownAs(file.type) === "picture" && (file.width ?? 0) > 0 && (file.height ?? 0) > 0;

/** The place of a picture that stands alone: its own shape, unless that is a stripe. */
export function boxOf({ width, height }: Pick<Sized, "width" | "height">) {
  const scale = Math.min(1, WIDEST / width, HIGHEST / height);
  return {
    width: Math.max(LEAST, Math.round(width * scale)),
    height: Math.max(LEAST, Math.round(height * scale)),
  };
}

/** So many columns for so many pictures; style/files.css knows them. */
export const columnsOf = (count: number) => (count === 2 || count === 4 ? 2 : 3);

/** A first guess at the height of a message's files in pixels, before they were drawn. */
export function heightOfFiles(files: readonly SharedFile[]): number {
  const pictures = files.filter(isPicture);
  const [alone] = pictures;
  const parts = files.filter((file) => !isPicture(file)).map(({ type }) => heightOf(type));
  if (pictures.length === 1 && alone) parts.push(boxOf(alone).height);
  else if (pictures.length > 1)
    parts.push(Math.ceil(pictures.length / columnsOf(pictures.length)) * CELL);
  return parts.reduce((sum, part) => sum + part + GAP, 0);
}

function heightOf(type: string): number {
  const shown = shownAs(type);
  return shown === "video" ? VIDEO : shown === "audio" ? AUDIO : TILE;
}
