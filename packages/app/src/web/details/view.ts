/** The pages of what one may know of and do in a room. */
export type View = "overview" | "change" | "invites" | "add" | "bans" | "pins" | "threads";
