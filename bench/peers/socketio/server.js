// Serves rooms with Socket.IO as its documentation has it: an object of users
// by socket id, a room to broadcast in, and a handler of disconnect.
import { createServer } from "node:http";
import { Server } from "socket.io";

const [host, port] = process.argv[2].split(":");
const server = createServer();
// With the default of 20 s, clients whose pings stand behind a storm are cut off,
// and there is nothing to compare.
const pingTimeout = 600_000;
const io = new Server(server, { transports: ["websocket"], perMessageDeflate: false, pingTimeout });
const rooms = {}; // rooms[room][id] = name

// From its page on performance: the handshake need not stay in memory.
io.engine.on("connection", (rawSocket) => {
  rawSocket.request = null;
});

io.on("connection", (socket) => {
  socket.on("got_a_new_user", ({ name, room }) => {
    const users = (rooms[room] ??= {});
    users[socket.id] = name;
    socket.data.room = room;
    socket.join(room);
    socket.to(room).emit("new_user", { id: socket.id, name });
    socket.emit("existing_users", Object.entries(users).map(([id, name]) => ({ id, name })));
  });

  socket.on("disconnect", () => {
    const { room } = socket.data;
    if (room === undefined) return;
    delete rooms[room][socket.id];
    io.to(room).emit("disconnect_user", socket.id);
  });
});

server.listen(Number(port), host);
