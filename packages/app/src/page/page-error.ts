/** A page that cannot be built; the message says what to do. */
export class PageError extends Error {}
