// Plays what docs/protocol.md and shared/client promise of a client on rollcall.js, with a
// clock, a WebSocket and chance of the script's own. play returns a problem by promise, "" where
// it is kept.

const real = { setTimeout, clearTimeout, random: Math.random, now: Date.now, WebSocket, fetch };

class World {
  time = 1_000_000;
  timers = new Map();
  sockets = [];
  chance = 1; // so that every wait is the longest
  answer = undefined; // to plain requests

  constructor() {
    let ids = 0;
    const world = this;
    globalThis.setTimeout = (do_, after = 0) => (this.timers.set(++ids, { do_, at: this.time + Math.max(after, 0) }), ids);
    globalThis.clearTimeout = (id) => this.timers.delete(id);
    Math.random = () => this.chance;
    Date.now = () => this.time;
    globalThis.fetch = async (url, options) => {
      if (!this.answer) throw new TypeError("nobody there");
      return { ok: false, text: async () => this.answer(url, options) };
    };
    globalThis.WebSocket = class {
      bufferedAmount = 0;
      sent = [];
      constructor(url, protocols) {
        Object.assign(this, { url, protocols });
        world.sockets.push(this);
      }
      send(text) {
        this.sent.push(JSON.parse(text));
      }
      close(code) {
        this.closed ??= code;
      }
    };
  }

  end() {
    Object.assign(globalThis, { setTimeout: real.setTimeout, clearTimeout: real.clearTimeout, WebSocket: real.WebSocket, fetch: real.fetch });
    Math.random = real.random;
    Date.now = real.now;
  }

  async settle() {
    for (let i = 0; i < 20; i++) await undefined;
  }

  // pass lets time pass, timer by timer.
  async pass(ms) {
    const end = this.time + ms;
    for (;;) {
      await this.settle();
      const next = [...this.timers].sort(([, a], [, b]) => a.at - b.at)[0];
      if (!next || next[1].at > end) break;
      this.timers.delete(next[0]);
      this.time = next[1].at;
      next[1].do_();
    }
    this.time = end;
    await this.settle();
  }

  get socket() {
    return this.sockets.at(-1);
  }

  async say(...events) {
    this.socket.onmessage({ data: events.map(([event, data]) => JSON.stringify({ event, data })).join("\n") });
    await this.settle();
  }

  async cut(code = 1006) {
    this.socket.onclose({ code });
    await this.settle();
  }

  async open() {
    this.socket.onopen();
    await this.settle();
  }
}

const ana = { id: "AAAAAAAAAAAAAAA2", name: "Ana", status: "active", joined_at: 5 };
const snapshot = (more) => ["existing_users", { you: ana.id, room: "r", epoch: "E", rev: 7, users: [ana], ...more }];

function want(what, got, wanted) {
  const [a, b] = [JSON.stringify(got), JSON.stringify(wanted)];
  if (a !== b) throw new Error(`${what}: ${a}, want ${b}`);
}

// joined has a client in the room, with its first changes confirmed.
async function joined(w, rollcall, options) {
  const c = rollcall.connect({ base: "https://rollcall.example/x", room: "r", name: "Ana", key: "k".repeat(16), ...options });
  await w.settle();
  await w.open();
  await w.say(snapshot());
  await w.say(["pong", {}]);
  return c;
}

const promises = {
  async "joins first, then says how it is"(w, rollcall) {
    const c = await joined(w, rollcall);
    want("the address", w.socket.url, "wss://rollcall.example/x/ws?room=r");
    want("the protocols", w.socket.protocols, ["rollcall.v1"]);
    want("what is sent", w.socket.sent, [
      { event: "got_a_new_user", data: { name: "Ana", key: "k".repeat(16) } },
      { event: "update_user", data: { status: "active" } },
      { event: "ping", data: {} },
    ]);
    want("the state", [c.current.state, c.current.you, c.current.count], ["live", ana.id, 1]);
  },
  async "resumes where it was, and is told what it missed"(w, rollcall) {
    const c = await joined(w, rollcall);
    await w.say(["new_user", { rev: 8, user: { ...ana, id: "B", joined_at: 6 } }]);
    await w.cut();
    await w.pass(1000);
    await w.open();
    const { resume, joined_at } = w.socket.sent[0].data;
    want("the join", { resume, joined_at }, { resume: { epoch: "E", rev: 8 }, joined_at: 5 });
    await w.say(["resumed", { epoch: "E", rev: 8, you: ana.id }], ["disconnect_user", { rev: 9, id: "B", reason: "left" }]);
    want("the members", [c.current.state, c.current.members.length, c.roster.rev], ["live", 1, 9]);
  },
  async "waits longer after each failure, up to 8 s, and a random part of that"(w, rollcall) {
    const c = rollcall.connect({ base: "https://rollcall.example/", detail: "roster" });
    const waits = [];
    for (let i = 0; i < 7; i++) {
      await w.settle();
      await w.cut();
      waits.push(c.current.retryAt - w.time);
      await w.pass(waits.at(-1));
    }
    want("the waits", waits, [1000, 2000, 4000, 8000, 8000, 8000, 8000]);
    w.chance = 0.25;
    await w.cut();
    want("a quarter", c.current.retryAt - w.time, 2000);
    c.close();
  },
  async "comes back slower where the server says so"(w, rollcall) {
    const c = await joined(w, rollcall);
    await w.pass(6000);
    for (const [code, error, wait] of [[1001, undefined, 2000], [4003, undefined, 30000], [4010, undefined, 1000],
      [1011, { code: "stopping", retry_after_ms: 700 }, 700], [1006, { code: "room_full" }, 30000]]) {
      if (error) await w.say(["error", error]);
      else await w.cut(code);
      want(`after ${code} ${error?.code}`, c.current.retryAt - w.time, wait);
      await w.pass(wait);
      await w.open();
      await w.say(["resumed", { epoch: "E", rev: 7, you: ana.id }]);
      await w.pass(6000);
    }
  },
  async "is ended by the server's word alone"(w, rollcall) {
    for (const code of ["unauthorized", "locked", "left", "kicked", "bad_room", "bad_name"]) {
      const c = rollcall.connect({ base: "https://rollcall.example/", name: "Ana" });
      await w.settle();
      await w.open();
      await w.say(["error", { code, message: "no" }]);
      want(code, [c.current.state, c.current.error.code], ["closed", code]);
    }
    const n = w.sockets.length;
    await w.pass(3_600_000);
    want("connections after that", w.sockets.length, n);
    const c = await joined(w, rollcall);
    for (const code of [4000, 4001, 4010, 4011, 4012, 1008]) await w.cut(code);
    want("after close codes", c.current.state, "reconnecting");
  },
  async "stays closed"(w, rollcall) {
    const c = await joined(w, rollcall);
    await w.cut();
    c.close();
    const n = w.sockets.length;
    c.check();
    c.update({ name: "Eve" });
    c.leave();
    await w.pass(3_600_000);
    want("what happens then", [w.sockets.length, c.current.state], [n, "closed"]);
  },
  async "goes on after an error that it does not know"(w, rollcall) {
    const c = await joined(w, rollcall);
    await w.say(["error", { code: "moon_phase", message: "?" }]);
    want("the state", c.current.state, "live");
    await w.cut(4444);
    want("after its close", c.current.state, "reconnecting");
  },
  async "asks a plain request why a handshake fails"(w, rollcall) {
    w.answer = (url, { headers }) => JSON.stringify({ event: "error", data: { code: "forbidden", message: url + headers.Authorization } });
    const c = rollcall.connect({ base: "https://rollcall.example/", room: "r", name: "Ana", token: "T" });
    await w.settle();
    want("the protocols", w.socket.protocols, ["rollcall.v1", "rollcall.token.T"]);
    await w.cut();
    want("the end", [c.current.state, c.current.error.message], ["closed", "https://rollcall.example/ws?room=rBearer T"]);
    w.answer = () => "<h1>502";
    const d = rollcall.connect({ base: "https://rollcall.example/", room: "r", name: "Ana" });
    await w.settle();
    await w.cut();
    want("a proxy's answer", d.current.state, "reconnecting");
  },
  async "asks for a token anew when it expires, once"(w, rollcall) {
    let n = 0;
    const c = await joined(w, rollcall, { token: async () => "T" + ++n });
    await w.say(["error", { code: "token_expired", message: "over" }]);
    want("the state", c.current.state, "reconnecting");
    await w.pass(2000);
    want("the new token", w.socket.protocols[1], "rollcall.token.T2");
    await w.open();
    await w.say(["error", { code: "token_expired", message: "over" }]);
    want("the second time", [c.current.state, n], ["closed", 2]);
  },
  async "asks for the roster where its own is not the server's, once a second"(w, rollcall) {
    const c = await joined(w, rollcall);
    const hash = c.roster.hash, before = w.socket.sent.length;
    await w.say(["heartbeat", { rev: 7, count: 1, hash }]);
    want("a right heartbeat", w.socket.sent.length, before);
    await w.say(["heartbeat", { rev: 7, count: 1, hash: "0123456789abcdef" }]);
    want("the request", w.socket.sent.at(-1).data.resume, { epoch: "", rev: 0, bad_hash: true });
    await w.say(["new_user", { rev: 8, user: { ...ana, id: "B" } }]); // is part of the snapshot
    await w.say(snapshot({ rev: 8, more: true }), snapshot({ rev: 8, users: [{ ...ana, id: "B" }] }));
    want("the roster", [c.current.count, c.roster.rev, c.current.desyncs], [2, 8, 1]);
    const asked = w.socket.sent.length;
    await w.say(["user_updated", { rev: 10, user: ana }]);
    await w.pass(900);
    want("requests within the second", w.socket.sent.length, asked);
    await w.pass(200);
    want("then", w.socket.sent.at(-1).data.resume, { epoch: "", rev: 0 });
    await w.pass(15000);
    await w.say(["watchers", { count: 1 }]);
    await w.pass(15000);
    await w.say(["watchers", { count: 1 }]);
    await w.pass(15000);
    await w.say(["watchers", { count: 1 }]);
    await w.pass(16000);
    want("and again without an answer", w.socket.sent.length, asked + 2);
  },
  async "gives up a silent server"(w, rollcall) {
    const c = await joined(w, rollcall);
    await w.pass(59000);
    want("before", c.current.state, "live");
    await w.pass(1000);
    want("after a minute", [c.current.state, w.socket.closed], ["reconnecting", 4005]);
    await w.pass(1000);
    await w.pass(9999);
    want("a handshake", w.socket.closed, undefined);
    await w.pass(1);
    want("a handshake of 10 s", w.socket.closed, 4005);
    await w.pass(2000);
    await w.open();
    await w.pass(20000);
    want("no answer to a join", w.socket.closed, 4005);
    c.close();
  },
  async "tries a connection at once when asked"(w, rollcall) {
    const c = await joined(w, rollcall), first = w.socket;
    c.check();
    c.check();
    want("pings", first.sent.filter((m) => m.event === "ping").length, 2); // one of the join's
    await w.pass(5000);
    want("the dead one", [first.closed, c.current.state], [4005, "reconnecting"]);
    await w.pass(0);
    want("another, without a wait", w.socket !== first, true);
    await w.cut();
    const n = w.sockets.length;
    c.check();
    await w.settle();
    want("instead of the wait", w.sockets.length, n + 1);
  },
  async "sends a change again until it is confirmed"(w, rollcall) {
    const c = await joined(w, rollcall);
    c.update({ note: "tea", note_until: 9e12 });
    want("the change", w.socket.sent.slice(-2), [{ event: "update_user", data: { note: "tea", note_until: 9e12 } }, { event: "ping", data: {} }]);
    await w.cut();
    await w.pass(1000);
    await w.open();
    await w.say(["resumed", { epoch: "E", rev: 7, you: ana.id }]);
    want("again", w.socket.sent.at(-2).data, { note: "tea", note_until: 9e12, status: "active" });
    await w.say(["error", { code: "too_often", message: "", retry_after_ms: 3000 }], ["pong", {}]);
    const n = w.socket.sent.length;
    await w.pass(2900);
    want("during the wait", w.socket.sent.length, n);
    await w.pass(200);
    want("after it", w.socket.sent.at(-2).data.note, "tea");
    await w.say(["user_updated", { rev: 8, user: { ...ana, note: "tea", note_until: 9e12 } }], ["pong", {}]);
    await w.cut();
    await w.pass(9000);
    await w.open();
    await w.say(snapshot({ epoch: "F", users: [{ ...ana, joined_at: 6 }] })); // of a new life of the server
    want("to a new member", w.socket.sent.at(-2).data, { note: "tea", note_until: 9e12, status: "active" });
  },
  async "drops what the server refuses"(w, rollcall) {
    const c = await joined(w, rollcall);
    c.update({ name: "\u0007" });
    await w.say(["error", { code: "bad_name", message: "no" }], ["pong", {}]);
    want("the state", c.current.state, "live");
    await w.cut();
    await w.pass(1000);
    await w.open();
    want("the name", w.socket.sent[0].data.name, "Ana");
  },
  async "joins on the connection that watches"(w, rollcall) {
    const c = rollcall.connect({ base: "https://rollcall.example/", room: "r", key: "k".repeat(16) });
    await w.settle();
    await w.open();
    want("the watch", w.socket.sent, [{ event: "watch", data: { detail: "roster" } }]);
    const many = Array.from({ length: 101 }, (_, i) => ({ ...ana, id: "M" + i, joined_at: i }));
    await w.say(snapshot({ you: "", users: many }), ["watchers", { count: 3 }]);
    want("the room", [c.current.count, c.current.watchers, c.current.you], [101, 3, ""]);
    c.join("Ana");
    want("the join", w.socket.sent.at(-1).data, { name: "Ana", key: "k".repeat(16), resume: { epoch: "E", rev: 7 } });
    const diff = ["new_user", { rev: 8, user: ana }];
    await w.say(diff);
    await w.say(["resumed", { epoch: "E", rev: 7, you: ana.id }], diff);
    want("the member", [c.current.count, c.current.you, c.current.desyncs], [102, ana.id, 0]);
  },
  async "counts without names"(w, rollcall) {
    const c = rollcall.connect({ base: "https://rollcall.example/", room: "r", detail: "count" });
    await w.settle();
    await w.open();
    await w.say(["occupancy", { members: 3, sessions: 4, watchers: 5 }]);
    const { state, count, sessions, watchers } = c.current;
    want("the count", [state, count, sessions, watchers], ["live", 3, 4, 5]);
  },
  async "passes by what a newer server says, and counts its revisions"(w, rollcall) {
    const c = await joined(w, rollcall), heard = [];
    c.subscribe((_, events) => heard.push(...events.map((e) => e.event)));
    await w.say(["announcement", { text: "hi" }], ["poll_opened", { rev: 8, poll: {} }], ["user_updated", { rev: 9, user: ana }]);
    want("what is heard", [heard, c.roster.rev, c.current.desyncs], [["announcement", "poll_opened", "user_updated"], 9, 0]);
  },
  async "hands on each announcement once"(w, rollcall) {
    const c = await joined(w, rollcall), heard = [];
    c.subscribe((_, events) => heard.push(...events.filter((e) => e.event === "announcement").map((e) => e.text)));
    const closing = ["announcement", { text: "closing", at: 1 }];
    await w.say(closing, ["announcement", { text: "closing", at: 2 }]);
    await w.cut();
    await w.pass(1000);
    await w.open();
    await w.say(["resumed", { epoch: "E", rev: 7, you: ana.id }], closing);
    want("what is heard", heard, ["closing", "closing"]);
  },
  async "ends a connection that makes no sense"(w, rollcall) {
    for (const data of ["{", "{}", '{"event":"new_user"}', '{"event":"new_user","data":{"rev":8}}', "x".repeat(2 ** 20 + 1), new Blob([])]) {
      const c = await joined(w, rollcall);
      w.socket.onmessage({ data });
      await w.settle();
      if (c.current.desyncs) continue; // it asks for the roster
      want(String(data).slice(0, 40), [w.socket.closed, c.current.state], [4000, "reconnecting"]);
      c.close();
    }
  },
};

export async function play(rollcall) {
  const results = {};
  for (const [name, promise] of Object.entries(promises)) {
    const w = new World();
    try {
      await promise(w, rollcall);
      results[name] = "";
    } catch (problem) {
      results[name] = String(problem);
    } finally {
      w.end();
    }
  }
  return results;
}
