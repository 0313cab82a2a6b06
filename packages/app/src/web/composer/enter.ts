/** The part of a keyboard event that counts. */
export interface Key {
  readonly key: string;
  readonly keyCode: number;
  readonly shiftKey: boolean;
  readonly altKey: boolean;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly isComposing: boolean;
}

/** Whether this key sends. Ctrl or Cmd with Enter sends everywhere. */
export function sends(key: Key, touch: boolean): boolean {
  if (key.key !== "Enter" || isComposing(key)) return false;
  if (key.ctrlKey || key.metaKey) return true;
  return !touch && !key.shiftKey && !key.altKey;
}

/** Safari ends the composition before it tells of the key that ended it, but gives it the code 229. */
export const isComposing = (key: Pick<Key, "isComposing" | "keyCode">) =>
  key.isComposing || key.keyCode === 229;
