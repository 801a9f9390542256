/** Changes of one object, of each kind that a cluster changes often. */
import type { PlacedObject } from "../../proxy/resources/placed-object";
import { endpoints, fleet, gateway, gatewayNameOf, hostOf, route, secret, type FleetCertificate, type FleetSize } from "./fleet";

/** The objects in force, of which one changes at a time: all others stay the same ones, as sources keep them. */
export class Changing {
    objects: PlacedObject[];
    readonly #size: FleetSize;
    readonly #certificate: FleetCertificate;
    readonly #places = new Map<string, number>();

    constructor(size: FleetSize, certificate: FleetCertificate) {
        this.#size = size;
        this.#certificate = certificate;
        this.objects = fleet(size, certificate).map((object) => ({ object }));
        for (const [at, { object }] of this.objects.entries()) this.#places.set(`${object.kind} ${object.metadata.name}`, at);
    }

    route(index: number, text: string): void {
        this.#put(route(index, gatewayNameOf(index, this.#size), text));
    }

    /** One change of this kind; `round` tells it from those before. */
    change(kind: ChangedKind, round: number): void {
        const index = (round * 7) % this.#size.own;
        switch (kind) {
            case "VirtualService":
                return this.route(index, `changed ${round}`);
            case "EndpointSlice":
                return this.#put(endpoints(index, `10.9.${round >> 8}.${round & 255}`));
            case "Gateway":
                return this.#put(gateway(`gateway-${index}`, [hostOf(index), `more-${round}.example.com`], `credential-${index}`));
            // The same certificate in another order of bytes: a Secret that was written again.
            case "Secret":
                return this.#put(secret(index, { ...this.#certificate, certificate: `${this.#certificate.certificate}\n# ${round}\n` }));
            default:
                return kind satisfies never;
        }
    }

    #put(object: PlacedObject["object"]): void {
        const at = this.#places.get(`${object.kind} ${object.metadata.name}`);
        if (at === undefined) throw new Error(`there is no ${object.kind} ${object.metadata.name}`);
        this.objects = this.objects.with(at, { object });
    }
}

export const CHANGED_KINDS = ["VirtualService", "EndpointSlice", "Gateway", "Secret"] as const;
export type ChangedKind = (typeof CHANGED_KINDS)[number];
