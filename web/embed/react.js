// useRollcall(options) is connect of rollcall.js as a hook for React 18 and later. It returns what
// to show, and the room once there is one. It connects anew for another base, room, name or
// detail. "react" is the page's own, which its bundler or import map finds.

import { useEffect, useState, useSyncExternalStore } from "react";
import { connect } from "./rollcall.js";

const nobody = Object.freeze({ state: "connecting", you: "", members: [], count: 0, sessions: 0, watchers: 0, room: { title: "", topic: "", locked: false }, desyncs: 0 });

export function useRollcall(options) {
  const { base, room, name, detail } = options;
  const [open, setOpen] = useState();
  useEffect(() => {
    const made = connect(options);
    setOpen(made);
    return () => made.close();
  }, [base, room, name, detail]); // a new token function is no reason to reconnect
  const current = useSyncExternalStore(
    (listener) => open?.subscribe(listener) ?? (() => {}),
    () => open?.current ?? nobody,
    () => nobody,
  );
  return [current, open];
}
