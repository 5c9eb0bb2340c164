// What rollcall.js exports. The build puts the types of what a server sends before this text;
// see web/build/types.go.

/** Who a browser is to be in a room, and of which server; see docs/embed.md. */
export interface Options {
  room?: string;
  /** The address of the server; where the script came from, if left out. */
  base?: string;
  /** Makes the browser a member. Without it, it watches. */
  name?: string;
  detail?: "roster" | "count";
  key?: string;
  token?: string | (() => string | Promise<string>);
  status?: string;
  note?: string;
  note_until?: number;
}

/** What to show: frozen, and another object after each change. */
export interface Current {
  readonly state: "connecting" | "live" | "reconnecting" | "closed";
  readonly you: string;
  readonly members: readonly User[];
  readonly count: number;
  readonly sessions: number;
  readonly watchers: number;
  readonly room: RoomInfo;
  readonly desyncs: number;
  readonly error?: RollcallError;
  readonly retryAt?: number;
}

export interface Room {
  readonly current: Current;
  readonly roster: Roster;
  subscribe(listener: (current: Current, events: ServerEvent[]) => void): () => void;
  join(name: string): void;
  update(change: { name?: string; status?: string; note?: string; note_until?: number }): void;
  check(): void;
  leave(): void;
  close(): void;
}

export class Roster {
  readonly room: string;
  readonly epoch: string;
  readonly rev: number;
  readonly hash: string;
  readonly info: RoomInfo;
  readonly byID: ReadonlyMap<string, User>;
  readonly members: readonly User[];
  apply(event: string, data: unknown): "" | "desync" | "hash";
  interrupt(): void;
}

export function connect(options: Options): Room;
export function hueOf(id: string): number;
