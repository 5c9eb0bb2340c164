// A worker of the page, which compiles the program and runs it once, up to the dialog
// for the name, on a stage instead of a page. A browser compiles each function when it
// first runs: the page, which is given what was compiled here, then has next to none to
// compile in its own thread, where that would be in everybody's way for a second.
//
// What happens on the stage has no effect: nothing is connected, kept or fetched. Where
// the program asks the stage for something that it does not know, the rehearsal ends
// early, and the page compiles the rest.

// longest is how long the program may wait for something on the stage.
const longest = 2000; // milliseconds

// room is what the server's page says to the program: two people, who are not alike.
const room = JSON.stringify({
  you: "", room: "lobby", epoch: "rehearsal", rev: 2,
  users: [
    { id: "A", name: "Ada", status: "active", joined_at: 1 },
    { id: "B", name: "Bo", status: "away", joined_at: 2, note: "back soon" },
  ],
});

// facts is what is asked of the page, and of all in it, and is no object.
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

// lent is what the program needs itself, and not for the page.
const lent = ["Array", "Object", "Uint8Array", "Date", "Error", "Intl", "Reflect", "String", "fs", "path", "process"];

// prop returns something that is and does whatever is asked of it: each of its fields
// is a fact, one of the given, or another prop, and so is the result of each call.
function prop(given = {}) {
  const fields = { ...given };
  return new Proxy(function () {}, {
    get: (_, name) => (name in fields ? fields[name] : name in facts ? facts[name] : (fields[name] = prop())),
    set: (_, name, value) => { fields[name] = value; return true },
    apply: () => prop(),
    construct: () => prop(),
  });
}

// stage is the window that the program sees. What happens when it opens a dialog is given.
function stage(showModal) {
  return prop({
    ...Object.fromEntries(lent.map((name) => [name, globalThis[name]])),
    setTimeout: (...args) => setTimeout(...args),
    clearTimeout: (id) => clearTimeout(id),
    navigator: prop({ languages: ["en"] }),
    document: prop({
      documentElement: prop(),
      getElementById: (id) => prop({ showModal, textContent: id === "roster" ? room : facts.textContent }),
      querySelector: () => prop({ showModal }),
    }),
  });
}

// rehearse runs the program and reports whether it came to its dialog.
function rehearse(program) {
  return new Promise((done) => {
    const window = stage(() => setTimeout(done, 0, true)); // when it has no more to do for now
    const go = new Go();
    Object.defineProperty(go, "_values", { // what the program has of JavaScript; it is made when the program runs
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

// warm has the browser read how the time is written here: its first word of that takes
// longer than a dozen cards, and is shared by all threads of the page.
function warm() {
  try {
    new Intl.DateTimeFormat(navigator.language, { numberingSystem: "latn", hour: "numeric", minute: "2-digit" }).format();
  } catch {} // a language that is none; the page has others to try
}

// The page says where the program is, and Go's support of it. It is answered with what was
// compiled, null if that can't be, and whether it was rehearsed.
onmessage = async ({ data: { glue, program } }) => {
  let compiled = null, rehearsed = false;
  try {
    const compiling = WebAssembly.compileStreaming(fetch(program));
    importScripts(glue);
    warm();
    compiled = await compiling;
    rehearsed = await rehearse(compiled);
  } catch {} // what is wrong shows where it matters, in the page
  postMessage({ compiled, rehearsed });
};
