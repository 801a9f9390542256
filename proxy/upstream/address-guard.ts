/** Which addresses a name may come out at: none that leads inside, but for ranges that somebody has listed. */
import { innerKind } from "../net/inner-addresses";
import { inOneForm } from "../net/ip-address";
import { bindNetworks, isWithin, networkOf, type Networks } from "../net/networks";
import { machineAddresses } from "../net/own-doors";

export class AddressGuard {
    readonly #allowed: Networks;

    /** Throws for what is no range. */
    constructor(allowed: readonly string[]) {
        this.#allowed = bindNetworks(allowed.map(networkOf));
    }

    /** Why no connection is made to any of them; empty: there is nothing against it. One alone that leads inside is enough. */
    fault(name: string, addresses: readonly string[]): string {
        // Behind them is the proxy itself.
        const own = addresses.length === 0 ? NONE : machineAddresses();
        for (const address of addresses) {
            if (isWithin(this.#allowed, address)) continue;
            // A name that is an address is so as the client has spelled it.
            const kind = innerKind(address) ?? (own.has(inOneForm(address)) ? "own" : undefined);
            if (kind !== undefined) return `${name} is ${address}, an inner address (${kind})`;
        }
        return "";
    }
}

/** The guard for ranges that may be none: then there is no way inside at all, and `fault` says what is wrong with them. */
export function guardFor(allowed: readonly string[] | undefined): { readonly guard: AddressGuard | undefined; readonly fault?: Error } {
    if (allowed === undefined) return { guard: undefined };
    try {
        return { guard: new AddressGuard(allowed) };
    } catch (error) {
        return { guard: new AddressGuard([]), fault: error instanceof Error ? error : new Error(String(error)) };
    }
}

const NONE: ReadonlySet<string> = new Set();
