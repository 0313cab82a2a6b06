import type { RoomId, SharedFile, UserId } from "@snug/protocol";
import type { FileRecord, FileSpace, NewFile, Refused } from "../../core/ports.ts";

interface Entry extends NewFile {
  readonly size: number;
  readonly whole: Pick<FileRecord, "file" | "preview"> | null;
  readonly seq: number | null;
}

/** Records of files, in a map. */
export class MemoryFiles {
  readonly #files = new Map<string, Entry>();
  readonly #lost = new Set<string>();
  readonly key = crypto.getRandomValues(new Uint8Array(32));

  begin(file: NewFile, { perUser, inAll, atOnce }: FileSpace): { kind: "begun" } | Refused {
    const all = [...this.#files.values()];
    const own = all.filter(({ by }) => by === file.by);
    const bytes = (files: readonly Entry[]) =>
      files.reduce((sum, { size }) => sum + size, file.size);
    if (own.filter(({ whole }) => whole === null).length >= atOnce)
      return { kind: "refused", why: "uploads_busy" };
    if (bytes(own) > perUser) return { kind: "refused", why: "user_files_full" };
    if (bytes(all) > inAll) return { kind: "refused", why: "files_full" };
    this.#files.set(file.id, { ...file, whole: null, seq: null });
    return { kind: "begun" };
  }

  finish(file: SharedFile, preview: number | null): boolean {
    const found = this.#files.get(file.id);
    if (found === undefined || found.whole !== null) return false;
    this.#files.set(file.id, { ...found, size: file.size, whole: { file, preview } });
    return true;
  }

  find(id: string): FileRecord | null {
    const { whole, room, by, seq } = this.#files.get(id) ?? { whole: null };
    return whole && { ...whole, room, by, seq };
  }

  areFree(room: RoomId, by: UserId, ids: readonly string[]): boolean {
    return ids.every((id) => {
      const record = this.find(id);
      return record?.room === room && record.by === by && record.seq === null;
    });
  }

  hold(ids: readonly string[], seq: number): void {
    for (const id of ids) {
      const file = this.#files.get(id);
      if (file) this.#files.set(id, { ...file, seq });
    }
  }

  drop(id: string, by: UserId): boolean {
    const file = this.#files.get(id);
    if (file === undefined) this.#lost.add(id);
    return this.lose((one) => one === file && file.by === by && file.seq === null);
  }

  /** Whether there were any. */
  lose(isMeant: (file: Entry) => boolean): boolean {
    const meant = [...this.#files.values()].filter(isMeant);
    for (const { id } of meant) {
      this.#files.delete(id);
      this.#lost.add(id);
    }
    return meant.length > 0;
  }

  expire({ begun, unposted }: { readonly begun: number; readonly unposted: number }): void {
    this.lose(
      ({ at, whole, seq }) => seq === null && (at < unposted || (whole === null && at < begun)),
    );
  }

  lost(): string[] {
    return [...this.#lost];
  }

  forgetLost(ids: readonly string[]): void {
    for (const id of ids) this.#lost.delete(id);
  }
}
