/**
 * Whom captured traffic is for: by the address and port that it was meant for, the virtual listeners of the narrowest address
 * that covers it, one a kind of what a connection may begin with. As in Envoy, who has a narrower address has all of it.
 */
import { readAddress, writtenAddress } from "../net/ip-address";
import type { ListenerEntry } from "../tables";
import { bindNetworks, isWithin, type Networks } from "../net/networks";

export type CapturedListeners = { readonly [Kind in ListenerEntry["kind"]]?: ListenerEntry };

interface Block {
    readonly text: string;
    readonly networks: Networks;
    readonly length: number;
    listeners: CapturedListeners;
}

interface PortListeners {
    readonly exact: Map<string, CapturedListeners>;
    /** The narrowest first. */
    blocks: Block[];
    any: CapturedListeners | undefined;
}

/** Stands for all ports that have no listener. */
const UNKNOWN_PORT = 0;
const NOBODY: CapturedListeners = {};

export class CapturedIndex {
    readonly #ports = new Map<number, PortListeners>();
    /** For what is meant for nobody who is known. */
    readonly unknown: CapturedListeners;

    constructor(listeners: Iterable<ListenerEntry>) {
        for (const listener of listeners) if (listener.capture === "virtual") this.#add(listener);
        for (const port of this.#ports.values()) port.blocks.sort((a, b) => b.length - a.length);
        this.unknown = this.#ports.get(UNKNOWN_PORT)?.any ?? NOBODY;
    }

    /** Undefined: nobody is known there. */
    find(address: string, port: number): CapturedListeners | undefined {
        if (port === UNKNOWN_PORT) return undefined;
        const at = this.#ports.get(port);
        if (at === undefined) return undefined;
        const exact = at.exact.get(address);
        if (exact !== undefined) return exact;
        for (const block of at.blocks) if (isWithin(block.networks, address)) return block.listeners;
        return at.any;
    }

    #add(listener: ListenerEntry): void {
        const { bind, port, kind } = listener;
        let at = this.#ports.get(port);
        if (at === undefined) this.#ports.set(port, (at = { exact: new Map(), blocks: [], any: undefined }));
        const joined = (before: CapturedListeners | undefined): CapturedListeners => ({ ...before, [kind]: listener });
        if (bind === "0.0.0.0" || bind === "::") at.any = joined(at.any);
        else if (bind.includes("/")) addBlock(at, bind, joined);
        else {
            const read = readAddress(bind);
            const address = read === undefined ? bind : writtenAddress(read);
            at.exact.set(address, joined(at.exact.get(address)));
        }
    }
}

function addBlock(at: PortListeners, text: string, joined: (before: CapturedListeners | undefined) => CapturedListeners): void {
    const [address = "", length = ""] = text.split("/");
    const bits = Number(length);
    const present = at.blocks.find((one) => one.text === text);
    if (present) {
        present.listeners = joined(present.listeners);
        return;
    }
    at.blocks.push({ text, networks: bindNetworks([{ address, length: bits }]), length: bits, listeners: joined(undefined) });
}

const made = new WeakMap<ReadonlyMap<string, ListenerEntry>, CapturedIndex>();

/** One for all connections, until listeners change. */
export function capturedIn({ listeners }: { readonly listeners: ReadonlyMap<string, ListenerEntry> }): CapturedIndex {
    let index = made.get(listeners);
    if (index === undefined) made.set(listeners, (index = new CapturedIndex(listeners.values())));
    return index;
}
