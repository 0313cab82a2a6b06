import { type SharedFile, shownAs } from "@snug/protocol";

type Named = Pick<SharedFile, "name" | "type">;

/** Files in a line of text: in quotes, and for screen readers. */
export function filesInWords(files: readonly Named[]): string {
  const [first] = files;
  if (first === undefined) return "";
  const isAllPictures = files.every(({ type }) => shownAs(type) === "picture");
  if (files.length > 1) return `${files.length} ${isAllPictures ? "pictures" : "files"}`;
  const kind = shownAs(first.type) ?? "file";
  return `${kind === "audio" ? "a recording" : `a ${kind}`}, ${first.name}`;
}
