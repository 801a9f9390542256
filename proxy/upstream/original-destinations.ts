/**
 * Endpoints of a cluster that leads wherever a client meant to go: each address is one, from when it is first asked for until
 * nothing goes there any more. Addresses are the clients' to name, so that no more are kept than are of use.
 */
import type { OriginalDestination } from "../http/doors";
import { addressText } from "../net/address";
import { Endpoint } from "./endpoint";

const MOST = 1_024;

export class OriginalDestinations {
    /** In the order in which they were last made or found idle. */
    readonly #endpoints = new Map<string, Endpoint>();

    get all(): readonly Endpoint[] {
        return [...this.#endpoints.values()];
    }

    endpoint({ address, port }: OriginalDestination): Endpoint {
        const text = addressText(address, port);
        const present = this.#endpoints.get(text);
        if (present !== undefined) return present;
        if (this.#endpoints.size >= MOST) this.#forget();
        const made = new Endpoint(address, port, 1);
        this.#endpoints.set(text, made);
        return made;
    }

    /** Some more than needed, so that it is not done for every new address. Of those that are in use none goes. */
    #forget(): void {
        const most = Math.floor(MOST * 0.75);
        for (const [text, endpoint] of this.#endpoints) {
            if (this.#endpoints.size <= most) return;
            if (endpoint.active > 0) continue;
            this.#endpoints.delete(text);
            endpoint.retire();
        }
    }
}
