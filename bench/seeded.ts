/** What the seeding leaves for the generator. */
export interface Seeded {
  /** Session tokens; the guest at `index` is in `general` and in `roomsOf(rooms, each, index)`. */
  tokens: string[];
  rooms: string[];
  each: number;
}

/** The rooms of a guest: so many, evenly spread. */
export function roomsOf<Room>(rooms: readonly Room[], each: number, index: number): Room[] {
  const step = Math.floor(rooms.length / each);
  return Array.from(
    { length: each },
    (_, nth) => rooms[(index + nth * step) % rooms.length] as Room,
  );
}
