// The first program that one writes about presence, with io.connect(), emit and on, runs as it
// stands (docs/sketch/index.html). This is what it loads as /socket.io/socket.io.js: its three
// events, over rollcall.js. It is a classic script, for that program expects io at once.
globalThis.io = (() => {
  const library = import(new URL("../embed/rollcall.js", document.currentScript.src));

  // Here each connection is a user, so it has a key of its own: two tabs are two.
  const freshKey = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, 0)).join("");

  function connect() {
    const handlers = new Map(); // by event
    const tell = (event, ...data) => handlers.get(event)?.forEach((handler) => handler(...data));
    let client, closed, names; // of those whom the page was told of, by id

    // show tells the page how the room differs from what it was told, so nothing is missed
    // while there was no connection.
    function show({ state, you, members, error }) {
      if (state === "closed") tell("disconnect", error?.code ?? "closed");
      if (state !== "live" || !you) return;
      const now = new Map(members.map(({ id, name }) => [id, name])), before = names;
      names = now;
      if (!before) return tell("existing_users", Object.fromEntries(members.map(({ id, name }) => [id, { name }])));
      for (const [id, name] of before) if (!now.has(id)) tell("disconnect_user", { id, name, data: { id, name } });
      for (const [id, name] of now) if (!before.has(id)) tell("new_user", { id, new_user_name: name });
    }

    async function join(name) {
      const { connect } = await library;
      if (client || closed) return client?.update({ name });
      client = connect({ name, key: freshKey() });
      client.subscribe(show);
      addEventListener("pagehide", () => client.leave());
    }

    const socket = {
      on(event, handler) {
        handlers.set(event, (handlers.get(event) ?? []).concat(handler));
        return socket;
      },
      emit(event, data) {
        if (event === "got_a_new_user") join(String(data?.name ?? ""));
        else console.warn(`rollcall: ${event} is no event of this server`);
        return socket;
      },
      disconnect() {
        closed = true;
        client?.leave();
        return socket;
      },
    };
    library.then(() => tell("connect"));
    return socket;
  }

  return Object.assign(connect, { connect });
})();
