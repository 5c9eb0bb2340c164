// The service worker: opens the app without a network, and keeps what never
// changes. The build puts three constants before this text:
//
//   version   names the content of this build
//   program   the path of app.js, which names the version too
//   precache  the paths of everything a page needs
//
// Paths are those within the site; what the browser calls them begins with where
// the site is.

const base = new URL("./", self.location).pathname;
const address = (path) => base + path.slice(1);
const cachePrefix = `rollcall-${base}-`; // another site of the same origin has its own
const cacheName = cachePrefix + version;

// The page without people in it. Any room opens with it when there is no network;
// a kept "/" would show those who were there on the day it was kept.
const shell = address("/shell");

// How long a page waits for the network before the shell takes its place. Long
// enough for a slow phone line, short enough not to look broken.
const patience = 3000; // milliseconds

// ---------------------------------------------------------------- life cycle

self.addEventListener("install", (event) => event.waitUntil(install()));
self.addEventListener("activate", (event) => event.waitUntil(activate()));

async function install() {
  const cache = await caches.open(cacheName);
  await Promise.all([keepShell(cache), ...precache.map((path) => keep(cache, address(path)))]);
  // An open page has all of its version in memory, so the new worker need not
  // wait for it to go. The page hears of "activated" and offers a reload.
  await self.skipWaiting();
}

// keep puts a file into the cache: from an earlier version's, where its name says
// that it is the same, else from the network.
async function keep(cache, url) {
  const hashed = url.startsWith(address("/web/"));
  const kept = hashed ? await caches.match(url, { ignoreVary: true }) : undefined;
  const response = kept ?? (await fetch(url, { cache: hashed ? "default" : "no-cache" }));
  if (!response.ok) {
    throw new Error(`${url}: status ${response.status}`);
  }
  await cache.put(url, response);
}

// keepShell fails, and with it the install, where the shell comes from a server of
// another version: it would ask for files that this cache does not have. The
// browser tries again at the next look for updates.
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

// A page that was open before the first worker is taken over too, or it would not
// hear of new versions. But only after activation: app.js takes an "activated"
// with a controller in place for an update.
self.serviceWorker?.addEventListener("statechange", () => {
  if (self.serviceWorker.state === "activated") {
    self.clients.claim();
  }
});

// ------------------------------------------------------------------ requests

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== self.location.origin) {
    return;
  }
  if (request.mode === "navigate") {
    if (pathname === base || pathname.startsWith(address("/r/"))) {
      event.respondWith(openPage(request));
    }
  } else if (pathname.startsWith(address("/web/")) || precache.map(address).includes(pathname)) {
    event.respondWith(openFile(request));
  }
});

// openPage answers with the page from the network, or the shell where that fails,
// is too slow, or is an error of the server or of a proxy in front of it.
//
// Navigation preload would ask the network a little earlier, but then every page that
// waited in vain has an error in its console.
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

// kept returns what this version's cache has for a URL. Storage that fails is an
// empty cache.
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

// notify shows what app.js hands over. It takes the title out before it does, so a
// title that is to be seen comes in data.
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

// show brings the window with a page to the front. Where there is none it opens
// one: another room's window stays, for to leave it is to leave that room.
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
