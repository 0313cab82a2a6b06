/** What can be shown of a file inside a page: a browser runs nothing in it. */
export type Shown = "picture" | "audio" | "video";

const shown: Readonly<Record<string, Shown>> = {
  "image/png": "picture",
  "image/jpeg": "picture",
  "image/gif": "picture",
  "image/webp": "picture",
  "image/avif": "picture",
  "audio/mpeg": "audio",
  "audio/ogg": "audio",
  "audio/wav": "audio",
  "audio/flac": "audio",
  "audio/mp4": "audio",
  "video/mp4": "video",
  "video/webm": "video",
  "video/ogg": "video",
};

/** `null`: it is only ever saved. SVG and HTML are texts like any other, and PDFs may hold programs. */
export function shownAs(type: string): Shown | null {
  return Object.hasOwn(shown, type) ? (shown[type] ?? null) : null;
}
