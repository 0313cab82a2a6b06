import { sizeText } from "./size-text.ts";

export interface FileLimits {
  /** Bytes of one. */
  readonly fileBytes: number;
  readonly filesPerMessage: number;
}

/** A file that is not sent at all, and why. */
export interface Refused {
  readonly name: string;
  readonly why: string;
}

/** Which of these may go with a message that has so many already. */
export function admit<Wanted extends Pick<File, "name" | "size">>(
  wanted: readonly Wanted[],
  held: number,
  { fileBytes, filesPerMessage }: FileLimits,
): { readonly admitted: readonly Wanted[]; readonly refused: readonly Refused[] } {
  const admitted: Wanted[] = [];
  const refused: Refused[] = [];
  for (const file of wanted) {
    const { name, size } = file;
    if (size > fileBytes)
      refused.push({
        name,
        why: `It has ${sizeText(size)}, and ${sizeText(fileBytes)} is the most.`,
      });
    else if (held + admitted.length >= filesPerMessage)
      refused.push({ name, why: `A message takes ${filesPerMessage} files. Send it in the next.` });
    else admitted.push(file);
  }
  return { admitted, refused };
}
