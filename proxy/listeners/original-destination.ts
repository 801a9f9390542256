/** Whom the kernel has turned a connection away from: asked of it once a connection, where somebody can ask. */
import type net from "node:net";
import type { OriginalDestination } from "../http/doors";

/** Undefined: nobody knows. */
export type AskOriginal = (socket: net.Socket) => OriginalDestination | undefined;

let ask: AskOriginal = () => undefined;

/** Says who asks, once it has shown that it can. */
export function setAskOriginal(asker: AskOriginal): void {
    ask = asker;
}

export function originalDestination(socket: net.Socket): OriginalDestination | undefined {
    return ask(socket);
}
