// Socket.IO on Node, with its own rooms, and without compression, as it comes.
import { createServer } from "node:http";
import { Server } from "socket.io";
import { posted, ready, reply } from "./frames.mjs";

const http = createServer();
const io = new Server(http, { transports: ["websocket"] });
io.on("connection", (socket) => {
  socket.on("frame", async (command) => {
    if (command.type === "open-room") {
      await socket.join(command.room);
      socket.emit("frame", reply(command.ref, 0));
      return;
    }
    const { seq, frame } = posted(command);
    io.to(command.room).emit("frame", frame);
    socket.emit("frame", reply(command.ref, seq));
  });
});
http.listen({ host: "127.0.0.1", port: 0, backlog: 1024 }, () => ready(http.address().port));
