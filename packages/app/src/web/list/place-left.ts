/** A message, and how many pixels below the top of the view its row began. */
export interface Place {
  readonly seq: number;
  readonly top: number;
}

let left: (Place & { readonly room: string }) | null = null;

/** Where one had scrolled to in the room that the server drew, before it is drawn anew. */
export function notePlace(list: HTMLElement | null, room: string): void {
  if (!list || Math.abs(list.scrollTop - Number(list.dataset["opened"])) < 1) return;
  const { top } = list.getBoundingClientRect();
  // What begins in view stands still while what is above it is measured.
  for (const row of list.querySelectorAll<HTMLElement>("[data-seq]")) {
    const below = row.getBoundingClientRect().top - top;
    left = { room, seq: Number(row.dataset["seq"]), top: below };
    if (below >= 0) return;
  }
}

/** For the first list that is drawn, if it is that room's. */
export function takePlace(room: string): Place | null {
  const place = left?.room === room ? left : null;
  left = null;
  return place;
}
