import type { Written } from "../composer/written.ts";

/** A text that is being said otherwise. What was written of it stays, also while its box is not drawn. */
export interface Edit {
  readonly before: Written;
  written: Written;
  /** The box takes the focus once, and not again where it comes back into view. */
  hasBegun: boolean;
  /** As a draft. Whether it will outlive this page. */
  readonly keep: () => boolean;
  /** Unless another tab has written on. */
  readonly forget: () => void;
}

/** Those of a list, by the number of their message. */
export type Edits = ReadonlyMap<number, Edit>;

export const isChanged = ({ before, written }: Edit) => written.text !== before.text;
