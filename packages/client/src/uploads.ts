import type { SharedFile } from "@snug/protocol";
import type { Outcome, PendingUpload, UploadOptions, Uploads } from "./api.ts";
import { Cell } from "./store.ts";

export interface UploadsWorld {
  upload(blob: Blob, options: UploadOptions): Promise<Outcome<SharedFile>>;
  /** Takes back what arrived; whether that succeeds matters little, it goes by itself. */
  drop(file: string): Promise<unknown>;
}

/** What goes with the next message of a list: it is uploaded while that is being written. */
export class PendingUploads implements Uploads {
  readonly items = new Cell<readonly PendingUpload[]>([]);
  readonly #world: UploadsWorld;
  readonly #sending = new Map<string, AbortController>();
  #count = 0;

  constructor(world: UploadsWorld) {
    this.#world = world;
  }

  add = (blob: Blob, name = blob instanceof File ? blob.name : "file"): string => {
    const key = `upload-${++this.#count}`;
    const { size, type } = blob;
    const item = { key, name, size, type, blob, state: "sending", progress: 0 } as const;
    this.items.set([...this.items.get(), { ...item, file: null, problem: null }]);
    void this.#send(key, blob, name);
    return key;
  };

  retry = (key: string): void => {
    const item = this.items.get().find((one) => one.key === key);
    if (item?.state !== "failed") return;
    this.#change(key, { state: "sending", progress: 0, problem: null });
    void this.#send(key, item.blob, item.name);
  };

  remove = (key: string): void => {
    const item = this.items.get().find((one) => one.key === key);
    this.items.set(this.items.get().filter((one) => one !== item));
    this.#sending.get(key)?.abort();
    if (item?.file) void this.#world.drop(item.file.id);
  };

  take = (): readonly SharedFile[] | null => {
    const files = this.items.get().flatMap(({ file }) => file ?? []);
    if (files.length < this.items.get().length) return null;
    this.items.set([]);
    return files;
  };

  /** Whoever is there now is another. */
  forget(): void {
    this.items.set([]);
    for (const abort of this.#sending.values()) abort.abort();
  }

  async #send(key: string, blob: Blob, name: string): Promise<void> {
    const abort = new AbortController();
    this.#sending.set(key, abort);
    const sent = await this.#world.upload(blob, {
      name,
      onProgress: (progress) => this.#change(key, { progress }),
      signal: abort.signal,
    });
    this.#sending.delete(key);
    if (!sent.ok) return this.#change(key, { state: "failed", problem: sent.error });
    // Taken back while its answer was on its way.
    if (abort.signal.aborted) return void this.#world.drop(sent.value.id);
    this.#change(key, { state: "sent", progress: 1, file: sent.value });
  }

  #change(key: string, change: Partial<PendingUpload>): void {
    this.items.set(
      this.items.get().map((item) => (item.key === key ? { ...item, ...change } : item)),
    );
  }
}
