// <roll-call src="https://rollcall.example.com/" room="stand-up" mode="stack|list|count">: who is
// in a room, on pages of any origin; docs/embed.md has its attributes, parts and properties. The
// build puts the constant words before it, which has texts of shared/i18n in each language.

import { connect, hueOf } from "./rollcall.js";

const sheet = new CSSStyleSheet(); // which a strict content security policy allows
sheet.replaceSync(`
:host { display: inline-block; font: var(--roll-call-font, inherit); color: var(--roll-call-ink, inherit); position: relative; text-align: start; }
:host([hidden]) { display: none; }
:host([data-state="reconnecting"]), :host([data-state="closed"]) { opacity: 0.6; }
* { box-sizing: border-box; }
button { all: unset; cursor: pointer; }
button, .count { display: inline-flex; align-items: center; min-block-size: 24px; border-radius: 999px; }
button:focus-visible, ul:focus-visible { outline: 2px solid light-dark(#2b4a9b, #a9c1ff); outline-offset: 2px; }
.dot { inline-size: 0.6em; block-size: 0.6em; border-radius: 50%; margin-inline-end: 0.5em; background: light-dark(#2a8450, #63d291); }
.nobody { background: currentColor; opacity: 0.4; }
.face { flex: none; position: relative; display: grid; place-items: center; inline-size: var(--roll-call-size, 2.25em); block-size: var(--roll-call-size, 2.25em);
  border-radius: 50%; border: 2px solid var(--roll-call-sheet, Canvas); font-weight: 600; font-size: 0.85em; line-height: 1; white-space: nowrap;
  background: light-dark(oklch(0.9 0.055 var(--h)), oklch(0.38 0.07 var(--h))); color: light-dark(oklch(0.38 0.1 var(--h)), oklch(0.92 0.05 var(--h))); }
.face[data-status="idle"] { opacity: 0.75; }
.face[data-status="away"] { opacity: 0.5; }
button .face + .face { margin-inline-start: calc(var(--roll-call-overlap, 0.6em) * -1); }
.more { padding-inline: 0.4em; inline-size: auto; min-inline-size: var(--roll-call-size, 2.25em); border-radius: 999px; background: var(--roll-call-sheet, Canvas); color: inherit; border-color: currentColor; }
ul { list-style: none; margin: 0; padding: 0.25em; max-block-size: var(--roll-call-height, 20em); overflow-y: auto; }
button + ul { position: absolute; z-index: 1; inset-block-start: calc(100% + 4px); inset-inline-start: 0; inline-size: max-content; max-inline-size: 20em;
  background: var(--roll-call-sheet, Canvas); border: 1px solid light-dark(#ddd, #444); border-radius: 10px; }
li { display: flex; align-items: center; gap: 0.6em; padding: 0.2em 0.4em; }
.name, .note { display: block; overflow-wrap: anywhere; }
.note { font-size: 0.85em; opacity: 0.75; }
[hidden] { display: none !important; }
@media (forced-colors: active) { .face { border-color: CanvasText; } }
@media (prefers-reduced-motion: no-preference) { .face, li { animation: in 0.2s; } @keyframes in { from { opacity: 0; } } }
`);

const segmenter = globalThis.Intl?.Segmenter && new Intl.Segmenter();
const firstOf = (word) => segmenter?.segment(word)[Symbol.iterator]().next().value.segment ?? [...word][0];

// capital is the capital of each character that has one of the same length. Georgian names are
// not written with theirs.
const capital = (text) => text.replace(/[^\u10d0-\u10ff]/gu, (c) => ([...c.toUpperCase()].length > 1 ? c : c.toUpperCase()));

// initialsOf is shared.Initials.
export function initialsOf(name) {
  const all = name.split(/\s+/).filter(Boolean), first = firstOf(all[0] ?? " "), last = firstOf(all.at(-1) ?? " ");
  return capital(all.length > 1 && [first, last].every((s) => /^[\p{Lu}\p{Ll}\p{Lt}]/u.test(s)) ? first + last : first).trim();
}

function make(tag, part, ...children) {
  const element = document.createElement(tag);
  element.className = element.part = part;
  element.append(...children);
  return element;
}

class RollCall extends HTMLElement {
  static observedAttributes = ["src", "room", "mode", "name", "max"];
  #room;
  #opened = ""; // what #room was opened for
  #token;
  #shown = new Map(); // a member's row in the list, by id
  #frame;
  #button = make("button", "stack");
  #list = make("ul", "list");

  constructor() {
    super();
    this.attachShadow({ mode: "open" }).adoptedStyleSheets = [sheet];
    this.#button.type = "button";
    this.#button.onclick = () => this.#open(this.#list.hidden);
    this.shadowRoot.addEventListener("keydown", (e) => {
      if (e.key !== "Escape" || this.mode !== "stack" || this.#list.hidden) return;
      this.#open(false);
      this.#button.focus();
    });
  }

  // room is the connection, as connect of rollcall.js returns it.
  get room() {
    return this.#room;
  }

  get mode() {
    const mode = this.getAttribute("mode");
    return mode === "list" || mode === "count" ? mode : "stack";
  }

  // token is what connect takes: a text, or a function that returns one.
  set token(token) {
    this.#token = token;
    this.#opened = "";
    this.#update();
  }

  connectedCallback() {
    this.#update();
  }

  disconnectedCallback() {
    this.#update();
  }

  attributeChangedCallback() {
    this.#update();
  }

  // update opens another connection where another is asked for, once all attributes are set. An
  // element that was only moved keeps its own.
  async #update() {
    await undefined;
    const at = (name) => this.getAttribute(name) ?? undefined;
    const options = { base: at("src"), room: at("room"), name: at("name"), detail: this.mode === "count" ? "count" : "roster" };
    const wanted = this.isConnected ? JSON.stringify(options) : "";
    if (wanted !== this.#opened) {
      this.#opened = wanted;
      this.#room?.close();
      this.#room = wanted ? connect({ ...options, token: this.#token }) : undefined;
      this.#room?.subscribe((current) => {
        this.#draw();
        this.dispatchEvent(new CustomEvent("change", { detail: current }));
      });
    }
    if (wanted) this.#draw();
  }

  #open(open) {
    this.#list.hidden = !open;
    this.#draw();
  }

  // draw shows the latest of what has come, once a frame.
  #draw() {
    this.#frame ??= requestAnimationFrame(() => {
      this.#frame = undefined;
      if (this.#room) this.#paint(this.#room.current);
    });
  }

  #say() {
    const lang = this.closest("[lang]")?.lang || navigator.language;
    const { language, script } = new Intl.Locale(lang).maximize();
    const known = words[`${language}-${script}`] ?? words[language] ?? words.en;
    return [known, (n) => (known.people[new Intl.PluralRules(lang).select(n)] ?? known.people.other).replace("{n}", new Intl.NumberFormat(lang).format(n))];
  }

  #paint({ state, members, count }) {
    const mode = this.mode, [say, people] = this.#say(), root = this.shadowRoot;
    this.dataset.state = state;
    this.title = state === "reconnecting" || state === "closed" ? say[state] : "";
    if (this.dataset.mode !== mode) {
      this.dataset.mode = mode;
      this.#list.hidden = mode === "stack";
      root.replaceChildren(...{ stack: [this.#button, this.#list], list: [this.#list], count: [] }[mode]);
    }
    if (mode === "count") root.replaceChildren(make("span", "count", make("span", count ? "dot" : "dot nobody"), people(count)));
    if (mode === "stack") this.#paintStack(members, people(count));
    if (!this.#list.hidden) this.#paintList(members, people(count), say);
  }

  #face(user, say) {
    const face = make("span", "face", initialsOf(user.name));
    face.style.setProperty("--h", 10 + hueOf(user.id) * 15);
    face.dataset.status = user.status;
    face.title = user.name;
    if (say) face.setAttribute("aria-label", say[user.status] ?? user.status);
    else face.ariaHidden = true;
    if (say) face.role = "img";
    return face;
  }

  #paintStack(members, label) {
    const max = Number(this.getAttribute("max")) || 5, more = members.length - max;
    this.#button.ariaLabel = label;
    this.#button.ariaExpanded = !this.#list.hidden;
    const faces = members.slice(0, max).map((user) => this.#face(user));
    if (more > 0) faces.push(make("span", "face more", "+" + more));
    if (!faces.length) faces.push(make("span", "face more", "0"));
    const now = this.#button.children;
    faces.forEach((face, i) => now[i]?.outerHTML === face.outerHTML || (now[i] ? now[i].replaceWith(face) : this.#button.append(face)));
    while (now.length > faces.length) this.#button.lastChild.remove();
  }

  // paintList changes the rows of those who have changed.
  #paintList(members, label, say) {
    const list = this.#list, max = Number(this.getAttribute("max")) || 200, rest = new Map(this.#shown);
    list.ariaLabel = label;
    list.tabIndex = 0; // so that the keyboard scrolls it
    list.querySelector(".more")?.parentNode.remove();
    let at = list.firstChild;
    for (const user of members.slice(0, max)) {
      let shown = this.#shown.get(user.id);
      rest.delete(user.id);
      if (shown?.user !== user) {
        const row = this.#row(user, say);
        shown?.row.replaceWith(row);
        if (shown?.row === at) at = row;
        this.#shown.set(user.id, (shown = { user, row }));
      }
      if (shown.row === at) at = at.nextSibling;
      else list.insertBefore(shown.row, at);
    }
    for (const [id, { row }] of rest) {
      row.remove();
      this.#shown.delete(id);
    }
    if (members.length > max) list.append(make("li", "person", make("span", "face more", "+" + (members.length - max))));
  }

  #row(user, say) {
    const name = make("span", "name", user.name), text = make("span", "text", name);
    name.dir = "auto";
    if (user.note) text.append(make("span", "note", user.note));
    text.lastChild.dir = "auto";
    return make("li", "person", this.#face(user, say), text);
  }
}

customElements.get("roll-call") ?? customElements.define("roll-call", RollCall);
