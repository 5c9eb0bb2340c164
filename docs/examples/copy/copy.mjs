// Keeps a copy of who is in which rooms, told by webhooks at /webhook, and serves it at /.
//
//   ROLLCALL_SERVER=http://localhost:8000 ROLLCALL_API_KEY=… WEBHOOK_SECRET=whsec_… node copy.mjs 9000
import { createHmac, timingSafeEqual } from "node:crypto";
import { createServer } from "node:http";

const { ROLLCALL_SERVER, ROLLCALL_API_KEY, WEBHOOK_SECRET } = process.env;
const rooms = new Map(); // by room, Maps by id

const cut = (x) => BigInt.asUintN(64, x);
const byBytes = ([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b));

// hashOf is the hash of a person, as docs/protocol.md has it.
function hashOf(u) {
  const texts = [u.id, u.name, u.status, u.note ?? "", u.joined_at];
  for (const field of ["devices", "note_until", "role", "info", "status_since"]) {
    if (field === "info" && u.info) texts.push(field, ...Object.entries(u.info).sort(byBytes).flat(), "");
    else if (u[field]) texts.push(field, u[field]);
  }
  let h = 0xcbf29ce484222325n;
  for (const byte of Buffer.from(texts.join("\0") + "\0")) h = cut((h ^ BigInt(byte)) * 0x100000001b3n);
  h = cut((h ^ (h >> 30n)) * 0xbf58476d1ce4e5b9n);
  h = cut((h ^ (h >> 27n)) * 0x94d049bb133111ebn);
  return h ^ (h >> 31n);
}

// list returns all elements of a list of the API.
async function list(path, name) {
  const all = [];
  for (let next = ""; ; ) {
    const answer = await fetch(`${ROLLCALL_SERVER}/api/v1/${path}?cursor=${next}`, { headers: { Authorization: `Bearer ${ROLLCALL_API_KEY}` } });
    if (!answer.ok) throw new Error(answer.statusText);
    const page = await answer.json();
    all.push(...page[name]);
    if (!(next = page.next)) return all;
  }
}

// repair asks the API how a room is, or with "" all rooms.
async function repair(room) {
  const names = room ? [room] : [...rooms.keys(), ...(await list("rooms", "rooms")).map((r) => r.room)];
  for (const name of new Set(names)) {
    const people = await list(`rooms/${encodeURIComponent(name)}/members`, "members");
    rooms.set(name, new Map(people.map((u) => [u.id, u])));
  }
}

async function apply({ type, data }) {
  if (type === "attendance.gap") return repair(data.room);
  if (!data.room) return; // a test
  const people = rooms.get(data.room) ?? new Map();
  rooms.set(data.room, people);
  if (type === "member.left") people.delete(data.member.id);
  else if (data.member) people.set(data.member.id, data.member);
  const hash = [...people.values()].reduce((h, u) => h ^ hashOf(u), 0n);
  if (people.size !== data.count || hash !== BigInt("0x" + data.hash)) await repair(data.room);
}

// verify checks a signature as Standard Webhooks has it.
function verify(headers, body) {
  const at = headers["webhook-timestamp"];
  const mac = createHmac("sha256", Buffer.from(WEBHOOK_SECRET.slice("whsec_".length), "base64"));
  const sum = mac.update(`${headers["webhook-id"]}.${at}.${body}`).digest();
  const same = (s) => s.length === sum.length && timingSafeEqual(s, sum);
  const signatures = (headers["webhook-signature"] ?? "").split(" ").map((s) => Buffer.from(s.replace("v1,", ""), "base64"));
  return Math.abs(Date.now() / 1000 - at) < 300 && signatures.some(same);
}

let turn = Promise.resolve(); // one event after another
async function answer(req, res) {
  if (req.method === "GET") {
    const copied = [...rooms].filter(([, people]) => people.size).map(([room, people]) => [room, Object.fromEntries(people)]);
    return res.end(JSON.stringify(Object.fromEntries(copied)));
  }
  let body = "";
  for await (const part of req.setEncoding("utf8")) if ((body += part).length > 1 << 20) return req.destroy();
  if (!verify(req.headers, body)) return res.writeHead(401).end();
  const sent = JSON.parse(body);
  turn = turn.then(async () => {
    for (const event of sent.events ?? [sent]) await apply(event);
    res.end();
  }).catch(() => res.writeHead(503).end()); // it is sent again
}

const aborted = (res) => () => res.destroy(); // a request may end half-way
createServer((req, res) => answer(req, res).catch(aborted(res))).listen(process.argv[2], "127.0.0.1");
