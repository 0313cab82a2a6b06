// The library ws on Node: a list of sockets for each room, and a send to each.
import { WebSocketServer } from "ws";
import { posted, ready, reply } from "./frames.mjs";

const rooms = new Map();
const server = new WebSocketServer({ host: "127.0.0.1", port: 0, backlog: 1024 }, () =>
  ready(server.address().port),
);
server.on("connection", (socket) => {
  const opened = [];
  socket.on("message", (data) => {
    const command = JSON.parse(data.toString());
    if (command.type === "hello") return socket.send('{"type":"welcome"}');
    if (command.type === "open-room") {
      const members = membersOf(command.room);
      members.add(socket);
      opened.push(members);
      return socket.send(JSON.stringify(reply(command.ref, 0)));
    }
    const { seq, frame } = posted(command);
    const text = JSON.stringify(frame);
    for (const member of rooms.get(command.room) ?? []) member.send(text);
    socket.send(JSON.stringify(reply(command.ref, seq)));
  });
  socket.on("close", () => opened.forEach((members) => members.delete(socket)));
});

function membersOf(room) {
  let members = rooms.get(room);
  if (members === undefined) rooms.set(room, (members = new Set()));
  return members;
}
