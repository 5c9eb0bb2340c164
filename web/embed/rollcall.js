// Rollcall for pages of any origin: who is in a room, live. The promises are those of the Go
// client in shared/client, which the tests in app/e2e hold it to; docs/embed.md says how to
// use it. The build puts the constant wire before it, which has the numbers of package shared,
// and leaves out what a browser does not need; see web/build/embed.go.

const home = new URL("..", import.meta.url).href; // of the server that this file came from
const encoder = new TextEncoder();

// hashOf is FNV-1a over texts, each ended by a zero byte, and SplitMix64's finalizer. FNV is
// computed in halves of 32 bits: a BigInt for each byte would take ten times as long.
function hashOf(texts) {
  let high = 0xcbf29ce4, low = 0x84222325;
  for (const byte of encoder.encode(texts.join("\0") + "\0")) {
    low = (low ^ byte) >>> 0;
    const product = low * 435;
    high = (high * 435 + low * 256 + Math.floor(product / 2 ** 32)) >>> 0;
    low = product >>> 0;
  }
  const cut = (x) => BigInt.asUintN(64, x);
  let h = (BigInt(high) << 32n) | BigInt(low);
  h = cut((h ^ (h >> 30n)) * 0xbf58476d1ce4e5b9n);
  h = cut((h ^ (h >> 27n)) * 0x94d049bb133111ebn);
  return h ^ (h >> 31n);
}

// inBytes makes a text that sorts as the bytes of s in UTF-8 do.
const inBytes = (s) => Array.from(s, (c) => c.codePointAt(0).toString(16).padStart(6, 0)).join("");

function hashUser(u) {
  const texts = [u.id, u.name, u.status, u.note ?? "", u.joined_at];
  for (const field of wire.hashed) {
    const value = u[field], pairs = value instanceof Object && Object.entries(value);
    if (!pairs && value) texts.push(field, value);
    if (pairs?.length) texts.push(field, ...pairs.sort(([a], [b]) => (inBytes(a) < inBytes(b) ? -1 : 1)).flat(), "");
  }
  return hashOf(texts);
}

// hueOf is shared.Hue: the colour of a member's face.
export const hueOf = (id) => Number(hashOf([id, "", "", "", 0]) % BigInt(wire.hues));

function hashRoom({ title, topic, locked }) {
  return title || topic || locked ? hashOf(["", title, topic].concat(locked ? "locked" : [])) : 0n;
}

// byArrival is the order in every list of the same members.
const byArrival = (a, b) => a.joined_at - b.joined_at || (a.id < b.id ? -1 : 1);

// Roster is shared.Roster: a reducer, whose content depends on what was applied alone.
export class Roster {
  room = "";
  epoch = "";
  rev = 0;
  info = { title: "", topic: "", locked: false };
  byID = new Map();
  #hash = 0n;
  #members = []; // undefined while it must be made anew
  #partial; // the chunks so far of a snapshot that has more to come

  get hash() {
    return this.#hash.toString(16).padStart(16, 0);
  }

  get members() {
    return (this.#members ??= [...this.byID.values()].sort(byArrival));
  }

  interrupt() {
    this.#partial = undefined;
  }

  // apply returns "" or why the event does not fit: "desync", or "hash" at the same revision.
  // It then leaves the roster as it was.
  apply(event, data) {
    if (event === "existing_users") return this.#snapshot(data);
    const partial = this.#partial;
    this.interrupt();
    if (partial) return "desync";
    const { rev, user } = data ?? {};
    if (event === "resumed") return data.epoch === this.epoch && rev === this.rev ? "" : "desync";
    if (event === "heartbeat") {
      if (rev !== this.rev) return "desync";
      return data.count === this.byID.size && data.hash === this.hash ? "" : "hash";
    }
    if (!Number.isInteger(rev) || rev < 1) return "";
    const id = user ? user.id : data.id, old = this.byID.get(id);
    if (rev !== this.rev + 1) return "desync";
    if (event === "new_user") {
      if (!user?.id || old) return "desync";
      this.#set(id, user);
    } else if (event === "user_updated" || event === "disconnect_user") {
      if (!old) return "desync";
      this.#set(id, event === "user_updated" && user);
    } else if (event === "room_info") {
      const { title, topic, locked } = data;
      this.#hash ^= hashRoom(this.info) ^ hashRoom(data);
      this.info = { title, topic, locked };
    } // and of what a newer server has to say, the revision alone
    this.rev = rev;
    return "";
  }

  #set(id, user) {
    const old = this.byID.get(id);
    if (old) this.#hash ^= hashUser(old);
    if (user) this.#hash ^= hashUser(user);
    if (user) this.byID.set(id, user);
    else this.byID.delete(id);
    this.#members = undefined;
  }

  #snapshot({ room, epoch, rev, more, room_info, users }) {
    const before = this.#partial;
    this.interrupt();
    if (before && (before.epoch !== epoch || before.rev !== rev || before.room !== room)) return "desync";
    const all = (before?.users ?? []).concat(users);
    if (more) {
      this.#partial = { room, epoch, rev, users: all };
      return "";
    }
    const byID = new Map(all.map((u) => [u.id, u]));
    if (byID.size < all.length || byID.has("")) return "desync";
    const info = room_info ?? { title: "", topic: "", locked: false };
    Object.assign(this, { room, epoch, rev, info, byID });
    this.#hash = all.reduce((hash, u) => hash ^ hashUser(u), hashRoom(info));
    this.#members = undefined;
    return "";
  }
}

// keptKey is this browser's secret on this page's origin: a reload is no departure, and two
// tabs are one member.
function keptKey() {
  const fresh = Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, 0)).join("");
  try {
    return (localStorage["rollcall.key"] ??= fresh);
  } catch {
    return fresh; // where nothing may be kept
  }
}

// Where the page has the element as it loads, nothing else need be loaded for it.
if (globalThis.document?.querySelector("roll-call")) import("./roll-call.js");

// connect watches a room, or with a name joins it, and keeps at it until it is closed or the
// server says that it is over.
export const connect = (options) => new Client(options);

class Client {
  #room;
  #base;
  #token;
  #key;
  #watch; // the detail to watch with; "" to be a member
  #me; // what the room is to show of this member
  #status;
  #changes = {}; // that the server has not confirmed
  #roster = new Roster();
  #sound = false; // the roster is the server's at its revision
  #arrived = 0;
  #since; // the first #arrived
  #failures = 0;
  #renewed = false; // a token has been asked for because the last was refused
  #leaving = false;
  #session; // the connection; undefined while there is none
  #again; // the timer of the next attempt
  #current = { state: "connecting", you: "", members: [], count: 0, sessions: 0, watchers: 0, room: this.#roster.info, desyncs: 0 };
  #listeners = new Set();
  #announced = []; // the latest, as text: a resumed connection may bring them again
  #wake = () => document.hidden || this.check();

  constructor({ room = wire.lobby, base = home, name, key, detail = "roster", token, status = "active", note, note_until }) {
    if (name === undefined && detail !== "roster" && detail !== "count") throw new TypeError("detail is roster or count");
    this.#room = room;
    this.#base = new URL(base.replace(/\/*$/, "/"), location).href;
    this.#token = token;
    this.#key = key;
    this.#status = status;
    this.#watch = name === undefined ? detail : "";
    this.#me = { name, note, note_until };
    if (note) this.#changes = { note, note_until };
    addEventListener("online", this.#wake);
    document.addEventListener("visibilitychange", this.#wake);
    this.#attempt();
  }

  // current is what to show. It is a new object after each change.
  get current() {
    return this.#current;
  }

  get roster() {
    return this.#roster;
  }

  // subscribe has listener called after each change, with current and the events that made it.
  // It returns what ends that.
  subscribe(listener) {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  // join makes a watcher a member. Of a member it is update.
  join(name) {
    if (!this.#watch) return this.update({ name });
    this.#watch = "";
    this.#me.name = name;
    this.#pump();
  }

  // update changes name, status, note or note_until, now or when there is a connection.
  update({ status, ...texts }) {
    if ("note" in texts) texts.note_until ??= undefined; // each note has its own end, or none
    this.#status = status ?? this.#status;
    Object.assign(this.#changes, texts);
    Object.assign(this.#me, texts);
    const s = this.#session;
    if (s) s.unsent = true;
    this.#pump();
  }

  // check tries again at once, or tries a connection that seems alive.
  check() {
    const s = this.#session;
    if (this.#again) this.#attempt();
    else if (s && !s.joined && !s.partial && Date.now() - s.began > 2000) this.#lost(s, { dead: true, close: wire.closeSilent });
    else if (s?.synced && !s.pinging) {
      s.ping = true;
      this.#pump();
    }
  }

  // leave takes the member out of the room at once, in all its tabs, and closes.
  leave() {
    this.#leaving = true;
    if (this.#session?.joined && !this.#session.watching) this.#pump();
    else this.close();
  }

  // close ends the connection; a member stays for the server's grace period.
  close(error) {
    if (this.#current.state === "closed") return;
    clearTimeout(this.#again);
    this.#again = undefined; // check has nothing to try any more
    removeEventListener("online", this.#wake);
    document.removeEventListener("visibilitychange", this.#wake);
    this.#hangUp(1000);
    this.#show([], { state: "closed", error, retryAt: undefined });
  }

  #show(events, change) {
    const roster = this.#roster;
    this.#current = Object.freeze({ ...this.#current, room: roster.info, members: roster.members, ...change });
    for (const listener of [...this.#listeners]) {
      try {
        listener(this.#current, events);
      } catch (thrown) {
        reportError(thrown); // the page's fault is not the connection's
      }
    }
  }

  async #attempt() {
    clearTimeout(this.#again);
    this.#again = undefined;
    const s = (this.#session = { began: Date.now(), events: [], resyncFrom: 0, sendFrom: 0, unsent: true });
    this.#roster.interrupt();
    this.#expect(s, 10_000);
    try {
      s.token = typeof this.#token === "function" ? await this.#token() : this.#token;
      if (s !== this.#session) return;
      s.url = `${this.#base}ws?room=${encodeURIComponent(this.#room)}`;
      s.socket = new WebSocket(s.url.replace("http", "ws"), [wire.subprotocol].concat(s.token ? wire.token + s.token : []));
    } catch {
      return this.#lost(s, {});
    }
    s.socket.onopen = () => {
      s.open = true;
      this.#pump();
    };
    s.socket.onmessage = ({ data }) => s === this.#session && this.#receive(s, data);
    s.socket.onclose = async ({ code }) => {
      const error = s.open || s !== this.#session ? undefined : await this.#askWhy(s);
      this.#lost(s, { code, error });
    };
  }

  // askWhy returns the error in the answer to a handshake, which scripts can't read: the same
  // address says it to a plain request.
  async #askWhy(s) {
    try {
      const answer = await fetch(s.url, {
        headers: s.token ? { Authorization: "Bearer " + s.token } : {},
        cache: "no-store",
        signal: AbortSignal.timeout(10_000),
      });
      const { event, data } = JSON.parse(answer.ok ? "" : await answer.text());
      if (event === "error" && data.code) {
        console.warn("rollcall: " + data.message); // for who writes the page
        return data;
      }
    } catch {} // a proxy's answer, or none: no word of the server
  }

  // expect bounds how long the server may be silent from now on. A timer that is late has been
  // stopped with the page: what has come meanwhile is read first.
  #expect(s, limit) {
    clearTimeout(s.timer);
    const due = Date.now() + limit;
    s.timer = setTimeout(() => {
      if (Date.now() > due + 1000) this.#expect(s, 1000);
      else this.#lost(s, { dead: s.pinging, close: wire.closeSilent });
    }, limit);
  }

  #expectMore(s) {
    this.#expect(s, s.partial ? wire.silentAfter : !s.joined || s.resyncing ? 20_000 : s.pinging ? 5000 : wire.silentAfter);
  }

  #hangUp(code) {
    const s = this.#session;
    this.#session = undefined;
    clearTimeout(s?.timer);
    clearTimeout(s?.later);
    s?.socket?.close(code);
  }

  // lost ends a session and says when the next begins: after a wait with full jitter, so that
  // the clients of a server that is gone do not all return at once.
  #lost(s, { code, error, dead, close = 1000 }) {
    if (s !== this.#session) return;
    this.#hangUp(close);
    this.#failures = Date.now() - s.live >= 5000 ? 0 : this.#failures + 1;
    let [final, pause] = wire.errors[error?.code] ?? [false, wire.pauses[code] ?? wire.pause];
    const renews = typeof this.#token === "function" && !this.#renewed && /^(token_expired|unauthorized)$/.test(error?.code);
    if (renews) this.#renewed = true;
    else if (final || /^bad_(name|key)$/.test(error?.code)) return this.close(error);
    const least = Math.min(Math.max(error?.retry_after_ms || 0, 0), 3_600_000);
    if (error?.code === "too_often" || (least && error.code === "stopping")) pause = 0;
    const most = this.#failures && Math.min(wire.retryFirst * 2 ** this.#failures, wire.retryMost);
    const wait = dead ? 0 : least + Math.random() * Math.max(most, pause);
    this.#again = setTimeout(() => this.#attempt(), wait);
    this.#show(s.events, { state: "reconnecting", error, retryAt: Date.now() + wait });
  }

  #send(event, data) {
    const { socket } = this.#session;
    if (socket.bufferedAmount > wire.maxUnsent) return this.#lost(this.#session, { close: wire.closeSilent });
    socket.send(JSON.stringify({ event, data }));
  }

  // enter sends a watch or a got_a_new_user.
  #enter(s, resume) {
    this.#expectMore(s);
    if (s.watching) return this.#send("watch", { detail: s.watching, resume });
    this.#send("got_a_new_user", { name: this.#me.name, key: (this.#key ??= keptKey()), resume, joined_at: this.#since });
  }

  #wakeAt(s, time) {
    clearTimeout(s.later);
    s.later = setTimeout(() => this.#pump(), time - Date.now());
  }

  // pump sends what there is to send.
  #pump() {
    const s = this.#session, now = Date.now();
    if (!s?.open) return;
    const roster = this.#roster, { epoch, rev } = roster, held = this.#sound ? { epoch, rev } : undefined;
    if (!s.asked) {
      s.asked = true;
      s.watching = this.#watch;
      return this.#enter(s, s.watching === "count" ? undefined : held);
    }
    if (!s.joined) return;
    if (this.#leaving) {
      this.#send("leave");
      return this.close();
    }
    if (s.ping) {
      s.ping = false;
      s.pinging = true;
      this.#sendPing(s);
      this.#expectMore(s);
    }
    if (s.watching !== this.#watch && !s.partial) {
      s.watching = ""; // what comes before the answer is ignored: the answer repeats it
      s.joined = s.synced = false;
      return this.#enter(s, roster.byID.size > wire.resumeAbove ? held : undefined);
    }
    if (!s.synced) this.#resync(s, now);
    else if (!s.watching && now < s.sendFrom) this.#wakeAt(s, s.sendFrom);
    else if (!s.watching) this.#sendChanges(s);
  }

  #sendPing(s) {
    if (!s.pinged) this.#send("ping", {});
    s.pinged = true;
  }

  // resync asks for the roster, and again where no answer comes although something else does.
  #resync(s, now) {
    const from = s.resyncing ? s.resyncFrom + wire.silentAfter : s.resyncFrom;
    if (now < from) return this.#wakeAt(s, from);
    s.resyncing = true;
    s.resyncFrom = now + wire.resyncEvery;
    this.#wakeAt(s, s.resyncFrom + wire.silentAfter);
    this.#enter(s, { epoch: "", rev: 0, bad_hash: s.badHash });
  }

  // sendChanges sends what is not confirmed, and a ping behind it, whose pong confirms it.
  #sendChanges(s) {
    const changes = { ...this.#changes };
    if (s.status !== this.#status) changes.status = s.status = this.#status;
    if (!s.unsent && !changes.status) return;
    s.unsent = false;
    if (!Object.keys(changes).length) return;
    this.#send("update_user", changes);
    s.confirm = !s.pinged && { ...this.#changes };
    this.#sendPing(s);
  }

  #receive(s, frame) {
    s.events = [];
    try {
      if (frame.length > wire.maxServerFrame) throw 0;
      for (const line of frame.replace(/\n$/, "").split("\n")) {
        const { event, data } = JSON.parse(line);
        if (!event) throw 0;
        const error = this.#handle(s, event, data);
        if (error) return this.#lost(s, { error });
      }
    } catch {
      return this.#lost(s, { close: wire.closeBad });
    }
    this.#expectMore(s);
    this.#checkOwn(s);
    if (s.synced && !s.live) {
      s.live = Date.now();
      this.#show(s.events, { state: "live", error: undefined, retryAt: undefined });
    } else if (s.events.length) this.#show(s.events);
    s.events = [];
    this.#pump();
  }

  // handle returns the error that ends the session, if the event is one.
  #handle(s, event, data) {
    const note = (change) => {
      s.events.push({ event, ...data });
      this.#current = { ...this.#current, ...change };
    };
    if (event === "error") return this.#onError(s, data, note);
    if (event === "pong") return this.#onPong(s);
    if (event === "watchers") return note({ watchers: data.count });
    if (event === "occupancy") {
      if (s.watching === "count") {
        s.joined = s.synced = true;
        this.#renewed = false;
      }
      return note({ count: data.members, sessions: data.sessions, watchers: data.watchers });
    }
    if (!Number.isInteger(data?.rev)) {
      if (/^(existing_users|resumed|new_user|user_updated|disconnect_user|room_info|heartbeat)$/.test(event)) throw 0;
      if (event === "announcement") {
        const text = JSON.stringify(data);
        if (this.#announced.includes(text)) return;
        this.#announced = [...this.#announced.slice(-7), text];
      }
      return note({}); // and what a newer server says
    }
    const answer = event === "existing_users" || event === "resumed";
    if (answer ? (!data.you && !s.watching) || (event === "resumed" && s.joined) : !s.synced) return;
    const why = this.#roster.apply(event, data);
    if (why) {
      s.joined ||= answer;
      this.#sound = s.synced = s.resyncing = s.partial = false;
      s.badHash = why === "hash" || undefined;
      this.#current = { ...this.#current, desyncs: this.#current.desyncs + 1 };
      return;
    }
    if (answer && (s.partial = !!data.more)) return;
    if (answer) {
      this.#sound = s.joined = s.synced = s.gotRoster = true;
      s.resyncing = this.#renewed = false;
    }
    note({ count: this.#roster.byID.size, ...(answer && { you: data.you, watchers: 0 }) });
  }

  #onPong(s) {
    s.pinging = s.pinged = false;
    for (const [field, value] of Object.entries(s.confirm || {})) {
      if (this.#changes[field] === value) delete this.#changes[field];
    }
    if (s.confirm === false) s.unsent = true; // its ping was sent before the changes
    s.confirm = undefined;
  }

  #onError(s, error, note) {
    const { code } = error;
    if (code === "unknown_event" && s.pinged) return this.#onPong(s); // of an older server
    note();
    if (/^(too_often|bad_(room|name|key))$/.test(code) ? !s.joined : wire.errors[code]) return error;
    if (code === "too_often") {
      s.resyncFrom = s.sendFrom = Date.now() + Math.max(error.retry_after_ms || 0, wire.resyncEvery);
      s.resyncing = false;
      s.status = s.confirm = undefined;
      s.unsent = true;
    }
    const dropped = { bad_name: ["name"], bad_note: ["note", "note_until"], bad_status: ["status"] }[code] ?? [];
    for (const field of dropped) delete this.#changes[field];
  }

  // checkOwn takes over what the room shows of this member, unless a change is on its way.
  #checkOwn(s) {
    const own = s.synced && this.#roster.byID.get(this.#current.you);
    if (!own) return;
    const { note, note_until } = this.#me;
    if (s.gotRoster && this.#arrived && this.#arrived !== own.joined_at && note && !(note_until < Date.now())) {
      this.#changes = { note, note_until, ...this.#changes }; // the server has made a new member
    }
    s.gotRoster = false;
    this.#arrived = own.joined_at;
    this.#since ??= own.joined_at;
    this.#me = { name: own.name, note: own.note, note_until: own.note_until, ...this.#changes };
  }
}
