/** Which virtual listener, and which chain of it, a captured connection is for: when it comes, and as things are later. */
import type { OriginalDestination } from "../http/doors";
import { capturedIn, chainFor, type CapturedListeners, type FilterChain, type Snapshot } from "../snapshot";
import type { ListenerEntry } from "../tables";

/** What is known of a captured connection, whoever has it. */
export interface Captured {
    readonly original: OriginalDestination;
    readonly beginning: ListenerEntry["kind"];
    readonly serverName: string;
}

export interface CapturedChoice {
    readonly listener: ListenerEntry;
    readonly chain: FilterChain;
}

type Served = Pick<Snapshot, "chains" | "chainHosts" | "entries">;

/** Undefined: nobody has it. */
export function capturedChoice(served: Served, { original, beginning, serverName }: Captured): CapturedChoice | undefined {
    const index = capturedIn(served.entries);
    const found = index.find(original.address, original.port);
    const own = found && chosenOf(served, found, beginning, serverName);
    return own ?? chosenOf(served, index.unknown, beginning, serverName);
}

/** Bytes that nobody wants to understand pass where bytes do. */
function chosenOf(
    served: Served,
    listeners: CapturedListeners,
    beginning: ListenerEntry["kind"],
    serverName: string,
): CapturedChoice | undefined {
    return chainOf(served, listeners[beginning], serverName) ?? chainOf(served, listeners.tcp, "");
}

function chainOf(served: Served, listener: ListenerEntry | undefined, serverName: string): CapturedChoice | undefined {
    const chain = listener && chainFor(served, listener.key, listener.kind === "tls" ? serverName : "");
    return chain && listener ? { listener, chain } : undefined;
}
