import type { Peers } from "./ports.ts";

/** What the nodes of one house have in common. */
export interface House {
  readonly peers: Peers;
  /** Of what holds an address or a name, before it is told: the same on every node. */
  readonly hash: (text: string) => string;
  readonly onFault: (fault: unknown) => void;
}

export interface TalkListener<Said> {
  heard(said: Said, node: string): void;
  wanted?(): void;
  gone?(node: string): void;
}

/** What one part of a node and its like on the others tell each other, under a word of their own. */
export class Talk<Said> {
  readonly #peers: Peers;
  readonly #word: string;
  readonly #unlisten: () => void;
  #isOver = false;

  constructor(
    { peers, onFault }: Pick<House, "peers" | "onFault">,
    word: string,
    listener: TalkListener<Said>,
  ) {
    this.#peers = peers;
    this.#word = `${word} `;
    this.#unlisten = peers.listen({
      told: (node, text) => {
        if (!text.startsWith(this.#word)) return;
        // A node of another release may say what is not understood.
        try {
          listener.heard(JSON.parse(text.slice(this.#word.length)) as Said, node);
        } catch (fault) {
          onFault(fault);
        }
      },
      wanted: () => listener.wanted?.(),
      gone: (node) => listener.gone?.(node),
    });
  }

  /** Whether nobody would hear it: then nothing need be gathered either. */
  get isAlone(): boolean {
    return this.#isOver || this.#peers.others.size === 0;
  }

  tell(said: Said): void {
    if (!this.isAlone) this.#peers.tell(this.#word + JSON.stringify(said));
  }

  /** From now on nothing is heard or told. */
  close(): void {
    this.#isOver = true;
    this.#unlisten();
  }
}

/** Of a node that is the whole house. */
export const noPeers: Peers = { others: new Set(), tell() {}, listen: () => () => {} };

export const alone: House = { peers: noPeers, hash: (text) => text, onFault() {} };
