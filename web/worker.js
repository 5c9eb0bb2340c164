// The service worker opens the app offline, and caches what never changes. The build
// puts three constants before this text:
//
//   version   names the content of this build
//   program   the path of app.js, which differs by version, too
//   precache  the paths of everything a page needs
//
// Paths are relative to the site; address returns what the browser requests.

const base = new URL("./", self.location).pathname;
const address = (path) => base + path.slice(1);
const cachePrefix = `rollcall-${base}-`; // another site of the same origin has its own
const cacheName = cachePrefix + version;

// The page without members, with which any room opens offline. A cached "/" would show
// those who were there when it was cached.
const shell = address("/shell");

// How long a page waits for the network before the shell replaces it: long enough for a
// slow phone connection, short enough not to look broken.
const patience = 3000; // milliseconds

// ---------------------------------------------------------------- life cycle

self.addEventListener("install", (event) => event.waitUntil(install()));
self.addEventListener("activate", (event) => event.waitUntil(activate()));

async function install() {
  const cache = await caches.open(cacheName);
  await Promise.all([keepShell(cache), ...precache.map((path) => keep(cache, address(path)))]);
  // An open page has all of its version in memory, so the new worker need not wait until
  // it is closed. The page sees the activation and offers a reload.
  await self.skipWaiting();
}

// keep caches a file, from an earlier version's cache if its name contains its hash, else
// from the network.
async function keep(cache, url) {
  const hashed = url.startsWith(address("/web/"));
  const kept = hashed ? await caches.match(url, { ignoreVary: true }) : undefined;
  const response = kept ?? (await fetch(url, { cache: hashed ? "default" : "no-cache" }));
  if (!response.ok) {
    throw new Error(`${url}: status ${response.status}`);
  }
  await cache.put(url, response);
}

// keepShell caches the shell. It fails, and with it the installation, if the shell is
// that of another version, whose files this cache does not have. The browser tries again
// when it next checks for updates.
async function keepShell(cache) {
  const response = await fetch(shell, { cache: "no-store" });
  if (!response.ok || !(await response.clone().text()).includes(program)) {
    throw new Error(`${shell}: status ${response.status}, or of another version than ${version}`);
  }
  await cache.put(shell, response);
}

async function activate() {
  const old = (await caches.keys()).filter((name) => name.startsWith(cachePrefix) && name !== cacheName);
  await Promise.all(old.map((name) => caches.delete(name)));
}

// Pages that were open before the first worker are claimed, too, or they would not learn
// of new versions; but only after the activation, since app.js takes an activation while
// there is a controller for an update.
//
// A page that is being opened at that moment is not claimed: its request was sent before
// there was a worker, and it is no client yet. It asks for it (start.js).
self.serviceWorker?.addEventListener("statechange", claim);
self.addEventListener("message", (event) => event.data?.type === "rollcall:claim" && claim());

function claim() {
  if (self.serviceWorker?.state === "activated") {
    self.clients.claim();
  }
}

// ------------------------------------------------------------------ requests

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== self.location.origin) {
    return;
  }
  if (request.mode === "navigate") {
    const [room, below] = pathname.startsWith(address("/r/")) ? pathname.slice(address("/r/").length).split("/") : [];
    if (pathname === base || (room && !below)) {
      event.respondWith(openPage(request));
    }
  } else if (pathname.startsWith(address("/web/")) || precache.map(address).includes(pathname)) {
    event.respondWith(openFile(request));
  }
});

// openPage returns the page from the network, or the shell if that fails, takes too long,
// or is an error of the server or a proxy.
//
// Navigation preload would request it a little earlier, but would leave an error on the
// console of every page that fails to load.
async function openPage(request) {
  const network = fetch(request);
  const response = await Promise.race([network.catch(() => undefined), elapsed(patience)]);
  if (response && response.status < 500) {
    return response;
  }
  return (await kept(shell)) ?? network;
}

async function openFile(request) {
  return (await kept(request.url)) ?? fetch(request);
}

// kept returns what this version's cache has for a URL, and nothing if the storage
// fails.
async function kept(url) {
  try {
    return await caches.match(url, { cacheName, ignoreVary: true });
  } catch {
    return undefined;
  }
}

function elapsed(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

// ------------------------------------------------------------- notifications

self.addEventListener("message", (event) => {
  if (event.data?.type === "goapp:notify") {
    event.waitUntil(notify(event.data.options));
  }
});

// notify shows a notification from app.js, which removes the title: the one to show is in
// data.
function notify({ title, path, actions = [], data, ...options }) {
  const paths = Object.fromEntries(actions.map((a) => [a.action, a.path]));
  return self.registration.showNotification(title ?? data?.title ?? "Rollcall", {
    ...options,
    actions: actions.map(({ path, ...action }) => action),
    data: { ...data, path, paths },
  });
}

self.addEventListener("notificationclick", (event) => {
  const { path, paths } = event.notification.data;
  event.notification.close();
  event.waitUntil(show(paths[event.action] ?? path));
});

// show focuses the window with a page, or opens one. It does not navigate the window of
// another room, since that would leave the room.
async function show(path) {
  const target = new URL(path || base, self.location.origin);
  const windows = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const open = windows.find((w) => new URL(w.url).pathname === target.pathname);
  if (!open) {
    return self.clients.openWindow(target);
  }
  await open.focus();
  open.postMessage({ goapp: { type: "notification", path: target.pathname + target.search } });
}
