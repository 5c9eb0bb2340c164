import type { Options, Room } from "./rollcall.js";

export function initialsOf(name: string): string;

export interface RollCall extends HTMLElement {
  readonly room: Room | undefined;
  readonly mode: "stack" | "list" | "count";
  set token(token: Options["token"]);
}

declare global {
  interface HTMLElementTagNameMap {
    "roll-call": RollCall;
  }
}
