/**
 * The ports that the primary holds open. A handle goes by its address and port: whatever changes in the listener on
 * it, the socket stays. A port that can't be opened concerns its listener alone and is tried again.
 */
import { finding, type Finding } from "../../istio/findings";
import { refText } from "../../istio/types";
import { aboutOrigin, type ListenerEntry } from "../tables";
import { openHandle, type ListenHandle } from "./listen-handle";
import type { BoundListener } from "./options";
import type { HandleUse } from "./protocol";

export interface OpenPort {
    readonly id: number;
    readonly address: string;
    readonly handle: ListenHandle;
    entry: ListenerEntry;
}

export interface ListeningOptions {
    /** For listeners that name no address of their own. */
    readonly bind: string;
    readonly portOffset: number;
}

const WILDCARDS = new Set(["0.0.0.0", "::", ""]);
const HIGHEST_PORT = 65_535;

const REASONS: Readonly<Record<string, string>> = {
    EADDRINUSE: "another process listens there",
    EACCES: "this process may not open ports below 1024",
    EADDRNOTAVAIL: "this machine does not have the address",
};

export class Listening {
    readonly #options: ListeningOptions;
    /** By wanted `address port`. */
    readonly #ports = new Map<string, OpenPort>();
    readonly #failed = new Map<string, Finding>();
    #nextId = 1;

    constructor(options: ListeningOptions) {
        this.#options = options;
    }

    /** Opens and closes so that exactly these listeners have a port. Returns the ports that are new. */
    apply(entries: Iterable<ListenerEntry>): OpenPort[] {
        const wanted = new Map<string, ListenerEntry>();
        this.#failed.clear();
        for (const entry of entries) {
            if (entry.capture === "virtual") continue;
            const { address, port } = this.#placeOf(entry);
            const key = port === 0 ? `${address} 0 ${entry.key}` : `${address} ${port}`;
            const other = wanted.get(key);
            if (other)
                this.#fail(
                    entry,
                    "GH0483",
                    `Port ${entry.port} comes out at ${address}:${port}, where port ${other.port} of ${refText(other.origin)} is served`,
                );
            else if (port > HIGHEST_PORT)
                this.#fail(entry, "GH0482", `Port ${entry.port} comes out at ${port}, wanted at most ${HIGHEST_PORT}`);
            else wanted.set(key, entry);
        }
        for (const [key, port] of this.#ports) {
            if (wanted.has(key)) continue;
            port.handle.close();
            this.#ports.delete(key);
        }
        const opened: OpenPort[] = [];
        for (const [key, entry] of wanted) {
            const open = this.#ports.get(key);
            if (open) open.entry = entry;
            else this.#open(key, entry, opened);
        }
        return opened;
    }

    /** A worker could not accept on it: it is closed, and tried again later. */
    drop(id: number, code: string): void {
        for (const [key, port] of this.#ports) {
            if (port.id !== id) continue;
            port.handle.close();
            this.#ports.delete(key);
            this.#unavailable(port.entry, code);
        }
    }

    get ports(): readonly OpenPort[] {
        return [...this.#ports.values()];
    }

    get uses(): HandleUse[] {
        return this.ports.map((port) => ({ id: port.id, listener: port.entry.key }));
    }

    get bound(): BoundListener[] {
        return this.ports.map((port) => ({
            key: port.entry.key,
            address: port.address,
            port: port.handle.port,
            declaredPort: port.entry.port,
        }));
    }

    get findings(): readonly Finding[] {
        return [...this.#failed.values()];
    }

    close(): void {
        for (const port of this.#ports.values()) port.handle.close();
        this.#ports.clear();
    }

    #placeOf(entry: ListenerEntry): { address: string; port: number } {
        const address = WILDCARDS.has(entry.bind) ? this.#options.bind : entry.bind;
        // Where applications and rules of the pod send their traffic is said to the port.
        const offset = entry.capture === "proxy" || entry.capture === "transparent" ? 0 : this.#options.portOffset;
        return { address, port: entry.targetPort === 0 ? 0 : entry.targetPort + offset };
    }

    #open(key: string, entry: ListenerEntry, opened: OpenPort[]): void {
        const { address, port } = this.#placeOf(entry);
        const handle = openHandle(address, port);
        if (typeof handle === "string") {
            this.#unavailable(entry, handle);
            return;
        }
        const open = { id: this.#nextId++, address, handle, entry };
        this.#ports.set(key, open);
        opened.push(open);
    }

    #unavailable(entry: ListenerEntry, code: string): void {
        const { address, port } = this.#placeOf(entry);
        this.#fail(entry, "GH0482", `Port ${entry.port} can't be opened at ${address}:${port}: ${REASONS[code] ?? code} (${code})`);
    }

    #fail(entry: ListenerEntry, code: "GH0482" | "GH0483", message: string): void {
        const fix = code === "GH0482" ? "It is tried again; other listeners are served." : "";
        this.#failed.set(entry.key, finding(code, aboutOrigin(entry.origin), `${message}.`, fix));
    }
}
