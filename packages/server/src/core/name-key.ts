/** A name as it is compared with others: in any case, and whatever the form of its letters. */
export function nameKey(name: string): string {
  return name.normalize("NFKC").toLowerCase();
}
