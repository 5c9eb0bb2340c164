// What a program in TypeScript does with the types that the server has: make audit compiles it.

import { connect, type Current, type User } from "./rollcall.js";
import { useRollcall } from "./react.js";
import "./roll-call.js";

const room = connect({ base: "https://rollcall.example.com/", room: "stand-up", detail: "roster", token: async () => "secret" });

export const stop = room.subscribe((current: Current, events) => {
  const hosts: User[] = current.members.filter((user) => user.role === "host");
  console.log(current.state, current.room.title, hosts.map((user) => user.info?.team ?? user.name), current.error?.message);
  for (const e of events) {
    if (e.event === "disconnect_user") console.log(e.id, e.reason);
    if (e.event === "new_user") console.log(e.user.status_since ?? e.user.joined_at);
    // @ts-expect-error: an event of no server
    if (e.event === "new_users") continue;
  }
});

room.update({ note: "tea", note_until: Date.now() + 60_000 });
// @ts-expect-error: a field of nobody
room.update({ mood: "good" });

const element = document.querySelector("roll-call");
if (element) element.token = () => "secret";
const [current, other] = useRollcall({ room: "stand-up" });
console.log(current.count, other?.roster.byID.get(current.you)?.devices, element?.room?.current.watchers);
