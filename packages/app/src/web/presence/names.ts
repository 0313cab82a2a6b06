/** "Ada", "Ada and Bob", "Ada, Bob and Cem", "Ada, Bob and 3 others": at most `most` names. */
export function namesOf(names: readonly string[], most: number): string {
  const shown = names.length <= most ? names : names.slice(0, most - 1);
  const others = names.length - shown.length;
  const parts = others > 0 ? [...shown, `${others} others`] : shown;
  if (parts.length <= 1) return parts.join("");
  return `${parts.slice(0, -1).join(", ")} and ${parts.at(-1)}`;
}
