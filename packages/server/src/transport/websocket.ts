import { limits } from "@snug/protocol";
import type { ServerWebSocket, WebSocketHandler } from "bun";
import type { Actor } from "../core/actor.ts";
import type { Clock } from "../core/ports.ts";
import { Socket, type SocketWire, type SocketWorld } from "../gateway/socket.ts";

/** What hangs on one of Bun's sockets. */
export interface SocketData {
  readonly greeted: Actor | null;
  /** Gives back the place of its address. */
  readonly leave: () => void;
  socket: Socket | null;
  /** Set while the last frames go out; then this is how it closes. */
  closing: { code: number; reason: string; cancel: () => void } | null;
}

/** Milliseconds given to a slow reader to take what was sent and its close frame. */
const LINGER = 3_000;

export interface WebSocketDoor {
  readonly handler: WebSocketHandler<SocketData>;
  /** Resolves when every socket has taken its close frame, or was given up. */
  allClosed(): Promise<void>;
}

/** Bun's WebSocket, joined to the gateway. */
export function openWebSocketDoor(world: SocketWorld): WebSocketDoor {
  const open = new Set<ServerWebSocket<SocketData>>();
  let onLast = () => {};
  const handler: WebSocketHandler<SocketData> = {
    // Over this Bun itself closes with 1009.
    maxPayloadLength: limits.frameBytes,
    // Never reached: at its own limit Bun drops without a word, so ours comes first.
    backpressureLimit: 64 * limits.queueBytes,
    // The gateway finds out who is gone: this timer starts anew with each frame that is sent.
    idleTimeout: 0,
    sendPings: false,
    perMessageDeflate: false,
    open(ws) {
      open.add(ws);
      ws.data.socket = new Socket(world, new BunWire(ws, world.clock), ws.data.greeted);
    },
    message(ws, frame) {
      ws.data.socket?.receive(typeof frame === "string" ? frame : null);
    },
    ping(ws) {
      ws.data.socket?.heard();
    },
    pong(ws) {
      ws.data.socket?.heard();
    },
    drain(ws) {
      const { closing, socket } = ws.data;
      if (closing === null) socket?.drained();
      else if (ws.getBufferedAmount() === 0) ws.close(closing.code, closing.reason);
    },
    close(ws) {
      ws.data.socket?.gone();
      ws.data.closing?.cancel();
      ws.data.leave();
      open.delete(ws);
      if (open.size === 0) onLast();
    },
  };
  return {
    handler,
    async allClosed() {
      if (open.size > 0) await new Promise<void>((resolve) => (onLast = resolve));
    },
  };
}

class BunWire implements SocketWire {
  readonly #ws: ServerWebSocket<SocketData>;
  readonly #clock: Clock;

  constructor(ws: ServerWebSocket<SocketData>, clock: Clock) {
    this.#ws = ws;
    this.#clock = clock;
  }

  get shares() {
    return false;
  }

  send(frame: string): boolean {
    return this.#ws.sendText(frame) > 0;
  }

  buffered(): number {
    return this.#ws.getBufferedAmount();
  }

  together(write: () => void): void {
    this.#ws.cork(write);
  }

  size(frame: string): number {
    return Buffer.byteLength(frame);
  }

  ping(): void {
    this.#ws.ping();
  }

  abort(code: number, reason: string): void {
    if (this.buffered() === 0) this.#ws.close(code, reason);
    else this.#ws.terminate();
  }

  close(code: number, reason: string): void {
    // Bun forgets what still waits when a socket is closed.
    if (this.buffered() === 0) return this.#ws.close(code, reason);
    const cancel = this.#clock.after(LINGER, () => {
      this.#ws.close(code, reason);
      this.#ws.terminate();
    });
    this.#ws.data.closing = { code, reason, cancel };
  }
}
