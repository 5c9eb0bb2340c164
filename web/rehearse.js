// A worker of the page, which compiles the program and runs it once, up to the form
// for the name, with a mock window (the stage). A browser compiles each function when it
// first runs: the page, which receives the compiled module, then has almost nothing left
// to compile in its own thread, which would block it for a second.
//
// The rehearsal has no effects: it connects, stores and fetches nothing. Where the stage
// lacks something that the program uses, it ends early, and the page compiles the rest.

// longest limits the rehearsal, in case the program waits for something.
const longest = 2000; // milliseconds

// room is the roster in the server's page: two members with different fields.
const room = JSON.stringify({
  you: "", room: "lobby", epoch: "rehearsal", rev: 2,
  users: [
    { id: "A", name: "Ada", status: "active", joined_at: 1 },
    { id: "B", name: "Bo", status: "away", joined_at: 2, note: "back soon" },
  ],
});

// facts are the properties of the page and its elements that are no objects.
const facts = {
  href: "https://rollcall.invalid/", lang: "en", visibilityState: "visible", permission: "default",
  title: "", value: "", id: "", tagName: "DIV", textContent: "2",
  onLine: true, open: false, matches: false,
  selectionStart: 0, selectionEnd: 0, length: 0,
  innerWidth: 360, innerHeight: 640, width: 328, height: 64, left: 16, top: 200,
  rowGap: "8px", gridTemplateColumns: "328px",
  goappIsAppInstallable: () => false, goappIsAppleBrowser: () => false,
  getItem: () => null, hasAttribute: () => false, getAttribute: () => null, querySelectorAll: () => [],
  goappGetenv: null, goappUpdatedBeforeWasmLoaded: null, goappAppInstallChangedBeforeWasmLoaded: null,
};

// lent are the globals that the program uses for itself.
const lent = ["Array", "Object", "Uint8Array", "Date", "Error", "Intl", "Reflect", "String", "fs", "path", "process"];

// prop returns a mock object: each of its properties is one of the given, a fact, or
// another prop, and each call returns a prop.
function prop(given = {}) {
  const fields = { ...given };
  return new Proxy(function () {}, {
    get: (_, name) => (name in fields ? fields[name] : name in facts ? facts[name] : (fields[name] = prop())),
    set: (_, name, value) => { fields[name] = value; return true },
    apply: () => prop(),
    construct: () => prop(),
  });
}

// stage returns the program's mock window. removeAttribute is called when the form for the
// name is there.
function stage(removeAttribute) {
  return prop({
    ...Object.fromEntries(lent.map((name) => [name, globalThis[name]])),
    setTimeout: (...args) => setTimeout(...args),
    clearTimeout: (id) => clearTimeout(id),
    navigator: prop({ languages: ["en"] }),
    document: prop({
      documentElement: prop({ removeAttribute }),
      getElementById: (id) => prop({ textContent: id === "roster" ? room : facts.textContent }),
      querySelector: () => prop(),
    }),
  });
}

// rehearse runs the program and reports whether it reached its form.
function rehearse(program) {
  return new Promise((done) => {
    const window = stage(() => setTimeout(done, 0, true)); // when it is idle
    const go = new Go();
    Object.defineProperty(go, "_values", { // the program's JavaScript values, set when it starts
      configurable: true,
      set(values) {
        values[values.indexOf(globalThis)] = window;
        Object.defineProperty(go, "_values", { value: values });
      },
    });
    go.run(new WebAssembly.Instance(program, go.importObject)).finally(() => done(false)).catch(() => {});
    setTimeout(done, longest, false);
  });
}

// warm loads the browser's data for times in this language. That takes longer than a
// dozen cards, and all threads of the page share it.
function warm() {
  try {
    new Intl.DateTimeFormat(navigator.language, { numberingSystem: "latn", hour: "numeric", minute: "2-digit" }).format();
  } catch {} // an invalid language; the page has others
}

// counted returns a response that tells the page how much of the program has come, in per cent.
function counted(response) {
  let bytes = 0, percent = 0;
  const count = new TransformStream({
    transform(piece, next) {
      bytes += piece.length;
      const now = Math.min(99, Math.floor((100 * bytes) / programSize));
      if (now > percent) {
        postMessage({ percent: (percent = now) });
      }
      next.enqueue(piece);
    },
  });
  return new Response(response.body.pipeThrough(count), response);
}

// The page sends the URLs of the program and of wasm_exec.js, and whether to count: a browser
// that has compiled code for a response keeps it only for one that is its own. The answer has
// the compiled module, or null, and whether it was rehearsed.
onmessage = async ({ data: { glue, program, counts } }) => {
  let compiled = null, rehearsed = false;
  try {
    const compiling = WebAssembly.compileStreaming(counts && globalThis.TransformStream ? fetch(program).then(counted) : fetch(program));
    importScripts(glue);
    warm();
    compiled = await compiling;
    rehearsed = await rehearse(compiled);
  } catch {} // the page finds out and reports it
  postMessage({ compiled, rehearsed });
};
