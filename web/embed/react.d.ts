import type { Current, Options, Room } from "./rollcall.js";

export function useRollcall(options: Options): [Current, Room | undefined];
