/**
 * From a host name to what serves it: exact name, else the longest `*.suffix`, else `*` (istio-semantics of virtual
 * hosts and of server names alike). The cost of a look-up grows with the length of the name asked for, never with the
 * number of hosts: of a name that a stranger makes up, only the part that may be a suffix is looked up piece by piece.
 */
import { SharedMap } from "./shared-map";

const NONE = new SharedMap<never>();

export class HostIndex<V> {
    readonly #exact: SharedMap<V>;
    /** Keyed by the suffix with its dot: `.example.com`. */
    readonly #suffixes: SharedMap<V>;
    readonly #any: V | undefined;
    /** No suffix is longer. */
    readonly #longest: number;

    constructor(exact: SharedMap<V> = NONE, suffixes: SharedMap<V> = NONE, any?: V, longest = 0) {
        this.#exact = exact;
        this.#suffixes = suffixes;
        this.#any = any;
        this.#longest = longest;
    }

    /** `host`: lower-case, without port and trailing dot. */
    find(host: string): V | undefined {
        const exact = this.#exact.get(host);
        if (exact !== undefined) return exact;
        if (this.#suffixes.size > 0) {
            // From the first dot after a character: `*.example.com` wants at least one before its own dot.
            for (let dot = host.indexOf(".", Math.max(1, host.length - this.#longest)); dot !== -1; dot = host.indexOf(".", dot + 1)) {
                const found = this.#suffixes.get(host.slice(dot));
                if (found !== undefined) return found;
            }
        }
        return this.#any;
    }

    get size(): number {
        return this.#exact.size + this.#suffixes.size + (this.#any === undefined ? 0 : 1);
    }

    /** What stands under exactly this domain. */
    at(domain: string): V | undefined {
        if (domain === "*") return this.#any;
        return domain.startsWith("*.") ? this.#suffixes.get(domain.slice(1)) : this.#exact.get(domain);
    }

    /** The index with these domains (`name`, `*.suffix`, `*`), and without those that are set to undefined. */
    changed(domains: Iterable<readonly [string, V | undefined]>): HostIndex<V> {
        const exact: [string, V | undefined][] = [];
        const suffixes: [string, V | undefined][] = [];
        let any = this.#any;
        let longest = this.#longest;
        for (const [domain, value] of domains) {
            if (domain === "*") any = value;
            else if (domain.startsWith("*.")) suffixes.push([domain.slice(1), value]);
            else exact.push([domain, value]);
        }
        for (const [suffix, value] of suffixes) if (value !== undefined) longest = Math.max(longest, suffix.length);
        return new HostIndex(this.#exact.changed(exact), this.#suffixes.changed(suffixes), any, longest);
    }
}

/**
 * The name that decides: lower-case, without port, and without one trailing dot, which only says that the name is
 * absolute (RFC 3986 §3.2.2). What is forwarded stays as it came.
 */
export function hostOf(authority: string): string {
    let end = authority.length;
    if (authority.charCodeAt(0) === 0x5b) {
        const close = authority.indexOf("]");
        if (close !== -1) end = close + 1;
    } else {
        const colon = authority.indexOf(":");
        if (colon !== -1) end = colon;
    }
    if (end > 1 && authority.charCodeAt(end - 1) === 0x2e) end--;
    return (end === authority.length ? authority : authority.slice(0, end)).toLowerCase();
}
