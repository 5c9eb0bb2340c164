// Compiles the program in a worker, which also rehearses it (rehearse.js, which the build
// appends to this file), or in the page where that fails. app.js uses the result. A preload
// would be compiled in the page's own thread, and only after its last byte.
{
  const { src, dataset: { program, glue, loading, noWasm, noProgram, tryAgain, socket, subprotocol, joined } } = document.currentScript;

  const progress = (percent) => {
    const join = document.querySelector("[aria-busy]");
    if (join) {
      join.textContent = loading.replace("{n}", percent);
    }
  };
  const elsewhere = async () => {
    const worker = new Worker(src);
    const answer = new Promise((done) => {
      worker.onmessage = ({ data }) => ("percent" in data ? progress(data.percent) : done(data.compiled));
      worker.onmessageerror = worker.onerror = () => done(null);
    });
    worker.postMessage({ glue, program, counts: !navigator.serviceWorker?.controller }); // that has the program already
    const compiled = await answer;
    worker.terminate();
    return compiled;
  };
  // Old browsers have no streaming compilation, and others refuse it where a proxy has changed the type.
  const here = async () => {
    try {
      return await WebAssembly.compileStreaming(fetch(program));
    } catch {
      return WebAssembly.compile(await (await fetch(program)).arrayBuffer());
    }
  };
  globalThis.rollcallProgram = globalThis.WebAssembly ? elsewhere().then((compiled) => compiled ?? here(), here) : Promise.reject(new Error("no WebAssembly"));
  globalThis.rollcallProgram.catch(() => {}); // app.js reports it

  // The first worker does not see a page that is being opened while it takes over (worker.js).
  navigator.serviceWorker?.ready.then(({ active }) => navigator.serviceWorker.controller ?? active.postMessage({ type: "rollcall:claim" }));

  // A tab that is in the room joins again by itself: the form for the name is not shown.
  const root = document.documentElement;
  try {
    const { base } = root.dataset, path = decodeURIComponent(location.pathname);
    if (localStorage["rollcall.name"] && sessionStorage["rollcall.joined"] === (path === base ? "lobby" : path.slice(`${base}r/`.length))) {
      root.dataset.joined = "";
    }
  } catch {} // forbidden storage

  // A name that is submitted before the program runs is kept for it.
  addEventListener("submit", (e) => {
    if (e.target.id === "name-form") {
      e.preventDefault();
      if (!("early" in e.target.dataset)) {
        try {
          joinEarly(e.target);
        } catch {} // the program joins
      }
      e.target.dataset.early = "";
    }
  });

  // joinEarly shows the person to the others although the program, on a thin line, will be on
  // its way for a while. The program joins with the same key and closes this connection, so
  // nobody sees a change. What the server refuses, the program is told again. The page has the
  // roster, so the server sends only what changes.
  const joinEarly = (form) => {
    const name = form.elements.name.value;
    const page = document.getElementById("roster")?.textContent, pill = document.getElementById("connection");
    if (!socket || !page || !name.trim() || /[?&]token=/.test(location.search) || sessionStorage["rollcall.token"]) {
      return; // the program knows how to sign in
    }
    const key = (localStorage["rollcall.key"] ??= Array.from(crypto.getRandomValues(new Uint8Array(26)), (b) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[b % 32]).join(""));
    const { epoch, rev } = JSON.parse(page);
    const early = (globalThis.rollcallEarly = new WebSocket(location.origin.replace("http", "ws") + socket, subprotocol));
    early.onopen = () => early.send(JSON.stringify({ event: "got_a_new_user", data: { name, key, resume: { epoch, rev } } }));
    early.onmessage = ({ data }) => {
      if (/^{"event":"(resumed|existing_users)"/.test(data) && pill.isConnected) {
        pill.dataset.state = "live";
        pill.firstElementChild.textContent = joined;
      } else if (/^{"event":"error".*"code":"kicked"/.test(data)) {
        delete form.dataset.early; // and the program does not join by itself
      }
    };
  };
  // The document has been read, and no deferred script has been waited for.
  document.addEventListener("readystatechange", () => {
    if (matchMedia("(pointer: fine)").matches && !("joined" in root.dataset)) { // no virtual keyboard would cover the page
      document.getElementById("name-field")?.focus({ preventScroll: true });
    }
  }, { once: true });

  // Reports that the program does not run, in the page's language, with a button to try again.
  const failed = () => {
    const place = document.getElementById("problem");
    if (!place || place.dataset.problem === "sign-in") {
      return;
    }
    const text = document.createElement("p"), again = document.createElement("button");
    text.textContent = globalThis.WebAssembly ? noProgram : noWasm;
    again.type = "button";
    again.textContent = tryAgain;
    again.onclick = () => location.reload();
    place.dataset.problem = globalThis.WebAssembly ? "program" : "no-wasm";
    place.replaceChildren(text, again);
    document.getElementById("people").classList.add("stale"); // it is no longer updated
    document.querySelector(".tally > span").textContent = "";
    document.getElementById("app-wasm-loader")?.remove(); // nothing is loading
    document.querySelector("[aria-busy]")?.remove();
    delete root.dataset.joined; // the form has the problem
    globalThis.rollcallEarly?.close(); // nobody is there who sees the others
  };
  globalThis.rollcallFailed = () => (document.readyState === "loading" ? addEventListener("DOMContentLoaded", failed) : failed());
  // Nothing else reports a script that did not load, or a program that has crashed.
  addEventListener("error", ({ target, error }) => {
    if (target instanceof HTMLScriptElement || (globalThis.WebAssembly && error instanceof WebAssembly.RuntimeError)) {
      globalThis.rollcallFailed();
    }
  }, true);
}
