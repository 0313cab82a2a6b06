/** Several things for each of many keys. Most keys have one: that is kept as it is, without a set around it. */
export class Several<Key, Item extends object> {
  readonly #items = new Map<Key, Item | Set<Item>>();

  add(key: Key, item: Item): void {
    const found = this.#items.get(key);
    if (found instanceof Set) found.add(item);
    else if (found === undefined) this.#items.set(key, item);
    else if (found !== item) this.#items.set(key, new Set([found, item]));
  }

  delete(key: Key, item: Item): void {
    const found = this.#items.get(key);
    if (found instanceof Set) {
      found.delete(item);
      if (found.size === 0) this.#items.delete(key);
    } else if (found === item) this.#items.delete(key);
  }

  of(key: Key): Iterable<Item> {
    const found = this.#items.get(key);
    if (found instanceof Set) return found;
    return found === undefined ? [] : [found];
  }

  holds(key: Key, item: Item): boolean {
    const found = this.#items.get(key);
    return found instanceof Set ? found.has(item) : found === item;
  }

  has(key: Key): boolean {
    return this.#items.has(key);
  }

  keys(): Iterable<Key> {
    return this.#items.keys();
  }

  /** Keys that have any. */
  get size(): number {
    return this.#items.size;
  }
}
