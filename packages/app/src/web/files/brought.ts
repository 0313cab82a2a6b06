/** What it looks at of a `DataTransfer`. */
export interface Brought {
  readonly types: readonly string[];
  readonly files: Iterable<File>;
  readonly items: Iterable<Pick<DataTransferItem, "kind" | "webkitGetAsEntry">>;
}

/**
 * Whether what is pasted is meant as files. Office programs put a picture of a
 * text beside the text, and file managers the name of a file beside the file.
 */
export const isFiles = (types: readonly string[]) =>
  types.includes("Files") && !(types.includes("text/plain") && types.includes("text/html"));

/** The files among what was pasted or dropped; a folder comes as a file that cannot be read. */
export function filesOf({ files, items }: Pick<Brought, "files" | "items">) {
  const entries = [...items].filter(({ kind }) => kind === "file");
  const isFolder = (index: number) => entries[index]?.webkitGetAsEntry()?.isDirectory === true;
  const all = [...files];
  const kept = all.filter((_, index) => !isFolder(index));
  return { files: kept, folders: all.length - kept.length };
}
