import type { Written } from "../composer/written.ts";

/** A text that is being said otherwise. What was written of it stays, also while its box is not drawn. */
export interface Edit {
  /** The message's. */
  readonly key: string;
  readonly before: Written;
  written: Written;
  /** The box takes the focus once, and not again where it comes back into view. */
  hasBegun: boolean;
}

export const editOf = (key: string, before: Written): Edit => ({
  key,
  before,
  written: before,
  hasBegun: false,
});
