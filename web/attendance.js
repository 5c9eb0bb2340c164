// Keeps the page of who was in a room up to date while somebody looks at it, and tells the
// server the time zone. Without this script the page has a link instead, and times in UTC.
{
  for (const field of document.querySelectorAll("#enter input[name=zone]")) {
    field.value = Intl.DateTimeFormat().resolvedOptions().timeZone ?? "";
  }

  // A host who comes from the room is let in by what let this browser into it.
  if (location.hash === "#own") {
    history.replaceState(null, "", location.pathname + location.search);
    const form = document.querySelector("#enter");
    if (form && document.querySelector("#problem").textContent === "") {
      form.elements.key.value = sessionStorage.getItem("rollcall.token") ?? localStorage.getItem("rollcall.key") ?? "";
      form.requestSubmit();
    }
  }

  const pause = 15_000; // milliseconds

  // Makes one tree like another, and leaves what is the same where it is: so nothing that a
  // reader has selected, focused or scrolled to goes away. Rows are the same by their id.
  const update = (old, fresh) => {
    if (old.nodeType === Node.TEXT_NODE) {
      if (old.data !== fresh.data) {
        old.data = fresh.data;
      }
      return;
    }
    for (const { name } of [...old.attributes].filter(({ name }) => !fresh.hasAttribute(name))) {
      old.removeAttribute(name);
    }
    for (const { name, value } of fresh.attributes) {
      if (old.getAttribute(name) !== value) {
        old.setAttribute(name, value);
      }
    }
    const key = (node) => node?.dataset?.id, all = [...fresh.childNodes], keys = new Set(all.map(key));
    for (const gone of [...old.childNodes].filter((node) => key(node) && !keys.has(key(node)))) {
      gone.remove();
    }
    all.forEach((node, i) => {
      const there = old.childNodes[i] ?? null;
      const mine = key(node) ? [...old.children].find((e) => key(e) === key(node)) : there;
      if (!mine || mine.nodeName !== node.nodeName || key(mine) !== key(node)) {
        old.insertBefore(node, there);
        return;
      }
      if (mine !== there) {
        old.insertBefore(mine, there);
      }
      update(mine, node);
    });
    while (old.childNodes.length > all.length) {
      old.lastChild.remove();
    }
  };

  let pending = false; // one request at a time, however long the server takes
  const refresh = async () => {
    const sheet = document.querySelector("#sheet[data-live]");
    if (!sheet || document.hidden || pending) {
      return;
    }
    pending = true;
    try {
      const answer = await fetch(location.href, { cache: "no-store" });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.getElementById("sheet");
      if (fresh) {
        update(sheet, fresh);
      } else if (page.getElementById("enter")) {
        location.reload(); // the hour is over, or the key does not count any more
      }
    } catch {} // what it shows says how old it is
    pending = false;
  };
  setInterval(refresh, pause);
  document.addEventListener("visibilitychange", refresh);
}
