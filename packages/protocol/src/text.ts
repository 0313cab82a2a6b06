import * as v from "valibot";
import { limits } from "./limit.ts";
import { isSound, isVisible, textSays } from "./plain-text.ts";

/** Code points. A text has at most as many as UTF-16 units, so short ones need no count. */
export const hasAtMost = (most: number, value: string) =>
  value.length <= most || Array.from(value).length <= most;

// Direction overrides are controls too: in a name they turn round what stands beside it.
const control = /[\p{Cc}\u2028\u2029\u202A-\u202E\u2066-\u2069]/u;

/** A message's text: 1 byte to 16 KiB of UTF-8, something to see in it. */
export const Text = v.pipe(
  v.string("must be a string"),
  v.maxBytes(limits.textBytes, textSays.long),
  v.check(isSound, textSays.unsound),
  v.check(isVisible, textSays.empty),
);

/** A text beside files, which may be empty. */
export const Caption = v.pipe(
  v.string("must be a string"),
  v.maxBytes(limits.textBytes, textSays.long),
  v.check(isSound, textSays.unsound),
  v.check((value) => value === "" || isVisible(value), textSays.empty),
);

const single = new RegExp("^\\p{RGI_Emoji}$", "v");

export const isEmoji = (value: string) => value.length <= 64 && single.test(value);

/** One emoji as Unicode recommends it (RGI, UTS #51), with its variation selector where it needs one. */
export const Emoji = v.pipe(v.string("must be a string"), v.check(isEmoji, "must be one emoji"));

/** A name that people see: one line, 1 to 64 characters, outer space cut off. */
export const Name = v.pipe(
  v.string("must be a string"),
  v.check(isSound, textSays.unsound),
  v.trim(),
  v.check(isVisible, textSays.empty),
  v.check((value) => !control.test(value), "must be one line without control characters"),
  v.check(
    (value) => hasAtMost(limits.nameLength, value),
    `must have at most ${limits.nameLength} characters`,
  ),
);

/** What a client calls its own send, so that a repeat is known: 1 to 64 characters. */
export const ClientId = v.pipe(
  v.string("must be a string"),
  v.check(isSound, textSays.unsound),
  v.check(
    (value) => value !== "" && hasAtMost(limits.clientIdLength, value),
    `must have 1 to ${limits.clientIdLength} characters`,
  ),
);

/** What a room is about: up to 1,000 characters, lines too; empty for nothing. */
export const Topic = v.pipe(
  v.string("must be a string"),
  v.check(isSound, textSays.unsound),
  v.trim(),
  v.check(
    (value) => hasAtMost(limits.topicLength, value),
    `must have at most ${limits.topicLength} characters`,
  ),
);

/** A few letters or a sign that stand for a person; empty for none. */
export const Avatar = v.pipe(
  v.string("must be a string"),
  v.check(isSound, textSays.unsound),
  v.trim(),
  v.check((value) => !control.test(value), "must be one line without control characters"),
  v.check(
    (value) => hasAtMost(limits.avatarLength, value),
    `must have at most ${limits.avatarLength} characters`,
  ),
);

/** An account's name: 2 to 32 of letters, digits, `.`, `_` and `-`. */
export const Username = v.pipe(
  v.string("must be a string"),
  v.regex(
    new RegExp(`^[A-Za-z0-9._-]{${limits.usernameLeast},${limits.usernameLength}}$`),
    `must be ${limits.usernameLeast} to ${limits.usernameLength} of letters, digits, ".", "_" and "-"`,
  ),
);

/** 8 to 1,000 characters, as they were typed. */
export const Password = v.pipe(
  v.string("must be a string"),
  v.check(isSound, textSays.unsound),
  v.check(
    (value) => Array.from(value).length >= limits.passwordLeast,
    `must have at least ${limits.passwordLeast} characters`,
  ),
  v.check(
    (value) => hasAtMost(limits.passwordLength, value),
    `must have at most ${limits.passwordLength} characters`,
  ),
);
