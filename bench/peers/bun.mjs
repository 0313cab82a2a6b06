// Bare Bun.serve, with its own topics: what Snug stands on.
import { posted, ready, reply } from "./frames.mjs";

const server = Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  fetch: (request, self) => (self.upgrade(request) ? undefined : new Response("", { status: 400 })),
  websocket: {
    message(socket, data) {
      const command = JSON.parse(data);
      if (command.type === "hello") return void socket.send('{"type":"welcome"}');
      if (command.type === "open-room") {
        socket.subscribe(command.room);
        return void socket.send(JSON.stringify(reply(command.ref, 0)));
      }
      const { seq, frame } = posted(command);
      server.publish(command.room, JSON.stringify(frame));
      socket.send(JSON.stringify(reply(command.ref, seq)));
    },
  },
});
ready(server.port);
