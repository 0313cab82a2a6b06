import { idLength, textBytes } from "./limit.ts";

// Without the schemas, for programs that must be small: the SDK holds no
// schema library, and says of a text what every door says of it.

/** The one form of every id; anything else names nothing. */
export const ID_PATTERN = new RegExp(`^[A-Za-z0-9_-]{1,${idLength}}$`);

// A lone surrogate has no UTF-8 form and NUL ends strings in half the world's
// software: both would come back as something other than what was sent.
export const isSound = (value: string) => value.isWellFormed() && !value.includes("\0");

// U+2800 is a braille cell without a dot: a letter by its class, a blank to the eye.
const visible = /[^\p{White_Space}\p{Cf}\p{Cc}\p{Default_Ignorable_Code_Point}\u2800]/u;
export const isVisible = (value: string) => visible.test(value);

/** What is said of a text that cannot be a message's. */
export const textSays = {
  long: `is longer than ${textBytes} bytes; send it in parts`,
  unsound: "must be well-formed Unicode without NUL",
  empty: "must not be empty",
} as const;

/** Why this cannot be a message's text, or `null`. */
export function faultOfText(
  text: string,
): { code: "too_large" | "invalid_request"; says: string } | null {
  if (new TextEncoder().encode(text).length > textBytes)
    return { code: "too_large", says: textSays.long };
  if (!isSound(text)) return { code: "invalid_request", says: textSays.unsound };
  return isVisible(text) ? null : { code: "invalid_request", says: textSays.empty };
}
