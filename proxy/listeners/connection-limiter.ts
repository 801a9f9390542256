/**
 * Whether a connection is one too many: of its listener, of its client, or of its client in this second. Who is refused is closed
 * before a byte is read of it. Where nothing is limited nothing is counted.
 */
import type net from "node:net";
import { clientKey } from "../net/client-key";
import { listenerRules } from "../snapshot";
import type { ConnectionLimitsEntry, ListenerEntry, TcpRouteEntry } from "../tables";
import { SharedCounts } from "./shared-counts";

/** As logs call it, and figures count by it. Absent: it is let in. */
export type Overflow = "downstream_cx_overflow" | "downstream_cx_overflow_address" | "downstream_cx_rate_address";

export class ConnectionLimiter {
    readonly counts: SharedCounts;
    /** Keys of the second that is counted. */
    #second = 0;
    readonly #inSecond = new Set<string>();
    readonly #now: () => number;
    /** What each connection is counted by. */
    readonly #held = new WeakMap<net.Socket, readonly string[]>();

    constructor(counts = new SharedCounts(), now: () => number = Date.now) {
        this.counts = counts;
        this.#now = now;
    }

    /** `address`: of the client, as far as somebody is believed about it. It is counted until `raw` closes. */
    admit(listener: ListenerEntry, raw: net.Socket, address: string): Overflow | undefined {
        const limits = listener.options?.limits;
        return limits && this.#admit(limits, `listener ${listener.key}`, "", listener, raw, address);
    }

    /** The same of a route of connections, whichever listeners lead to it. */
    admitTo({ limits, origin }: TcpRouteEntry, listener: ListenerEntry, raw: net.Socket, address: string): Overflow | undefined {
        if (limits === undefined) return undefined;
        const owner = `${origin.kind} ${origin.namespace}/${origin.name}`;
        return this.#admit(limits, owner, owner, listener, raw, address);
    }

    /** `all`: what is counted together; `of`: within which those of an address are. */
    #admit(
        limits: ConnectionLimitsEntry,
        all: string,
        of: string,
        listener: ListenerEntry,
        raw: net.Socket,
        address: string,
    ): Overflow | undefined {
        const { connections, connectionsPerAddress, connectionsPerSecondPerAddress } = limits;
        const keys: string[] = [];
        if (connections !== undefined) {
            if (this.counts.of(all) >= connections) return "downstream_cx_overflow";
            keys.push(all);
        }
        const isOfOne = (connectionsPerAddress ?? connectionsPerSecondPerAddress) !== undefined && !speaksForOthers(listener, address);
        const client = isOfOne ? `${of} address ${clientKey(address)}` : "";
        if (isOfOne && connectionsPerAddress !== undefined) {
            if (this.counts.of(client) >= connectionsPerAddress) return "downstream_cx_overflow_address";
            keys.push(client);
        }
        if (isOfOne && connectionsPerSecondPerAddress !== undefined && !this.#isInTime(client, connectionsPerSecondPerAddress))
            return "downstream_cx_rate_address";
        if (keys.length === 0) return undefined;
        for (const key of keys) this.counts.add(key);
        this.#hold(raw, keys);
        return undefined;
    }

    #hold(socket: net.Socket, keys: readonly string[]): void {
        const before = this.#held.get(socket);
        this.#held.set(socket, before === undefined ? keys : [...before, ...keys]);
        if (before !== undefined) return;
        socket.once("close", () => {
            const held = this.#held.get(socket) ?? [];
            this.#held.delete(socket);
            for (const key of held) this.counts.remove(key);
        });
    }

    #isInTime(client: string, most: number): boolean {
        const second = Math.floor(this.#now() / 1000);
        if (second !== this.#second) {
            for (const key of this.#inSecond) this.counts.forget(key);
            this.#inSecond.clear();
            this.#second = second;
        }
        const key = `second ${second} ${client}`;
        if (this.counts.of(key) >= most) return false;
        this.counts.add(key);
        this.#inSecond.add(key);
        return true;
    }
}

/** A proxy in front has many clients: its address is nobody's. */
function speaksForOthers(listener: ListenerEntry, address: string): boolean {
    if ((listener.trustedProxies ?? 0) > 0) return true;
    return listenerRules(listener).edge?.isTrusted?.(address) === true;
}
