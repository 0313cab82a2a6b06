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
      ws.data.socket = new Socket(world, wireOf(ws, world.clock), ws.data.greeted);
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

function wireOf(ws: ServerWebSocket<SocketData>, clock: Clock): SocketWire {
  return {
    send: (frame) => ws.sendText(frame) > 0,
    buffered: () => ws.getBufferedAmount(),
    together(write) {
      ws.cork(write);
    },
    size: (frame) => Buffer.byteLength(frame),
    shares: false,
    ping() {
      ws.ping();
    },
    abort(code, reason) {
      if (ws.getBufferedAmount() === 0) ws.close(code, reason);
      else ws.terminate();
    },
    close(code, reason) {
      // Bun forgets what still waits when a socket is closed.
      if (ws.getBufferedAmount() === 0) return ws.close(code, reason);
      const cancel = clock.after(LINGER, () => {
        ws.close(code, reason);
        ws.terminate();
      });
      ws.data.closing = { code, reason, cancel };
    },
  };
}
