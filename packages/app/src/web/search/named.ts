/** A piece of what was said, with names where it mentions people by id. */
export const named = (
  piece: string,
  users: Readonly<Record<string, { readonly name: string }>>,
): string =>
  piece.replaceAll(/<@([\w-]+)>/g, (_, id: string) => `@${users[id]?.name ?? "somebody"}`);
