import { limits } from "@snug/protocol";
import type { ServerWebSocket, WebSocketHandler } from "bun";
import type { Actor } from "../core/actor.ts";
import type { Clock } from "../core/ports.ts";
import { Socket, type SocketWire, type SocketWorld } from "../gateway/socket.ts";

/** What hangs on one of Bun's sockets. */
export interface SocketData {
  readonly greeted: Actor | null;
  socket: Socket | null;
}

/** Milliseconds given to a slow reader to take its close frame. */
const LINGER = 2_000;

/** Bun's WebSocket, joined to the gateway. */
export function websocketHandler(world: SocketWorld): WebSocketHandler<SocketData> {
  return {
    // Over this Bun itself closes with 1009.
    maxPayloadLength: limits.frameBytes,
    // Never reached: at its own limit Bun drops without a word, so ours comes first.
    backpressureLimit: 64 * limits.queueBytes,
    idleTimeout: 30,
    sendPings: true,
    perMessageDeflate: false,
    open(ws) {
      ws.data.socket = new Socket(world, wireOf(ws, world.clock), ws.data.greeted);
    },
    message(ws, frame) {
      ws.data.socket?.receive(typeof frame === "string" ? frame : null);
    },
    drain(ws) {
      ws.data.socket?.drained();
    },
    close(ws) {
      ws.data.socket?.closed();
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
    close(code, reason) {
      const behind = ws.getBufferedAmount() > 0;
      ws.close(code, reason);
      if (behind) clock.after(LINGER, () => ws.terminate());
    },
  };
}
