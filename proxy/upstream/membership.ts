/**
 * Which endpoints a cluster has: those that are listed, and of names among them what DNS answers. One that stays is the
 * same object from list to list, with its connections and what is known of its health.
 */
import type { ClusterEntry, EndpointEntry, EndpointsEntry } from "../tables";
import { addressText } from "../net/address";
import type { AddressGuard } from "./address-guard";
import { NameWatch, type Resolve } from "./dns";
import { Endpoint } from "./endpoint";

type Listed = EndpointsEntry["endpoints"];

interface Resolved extends EndpointEntry {
    readonly key: string;
}

export class Membership {
    /** All of them, however they are. */
    endpoints: readonly Endpoint[] = [];
    /** Names among them, which DNS is asked for. */
    readonly names = new Map<string, NameWatch>();
    #listed: Listed = [];
    #discovery: ClusterEntry["discovery"] = "static";
    /** Undefined: names may come out at any address. */
    #guard: AddressGuard | undefined;
    /** Of each name whose addresses nobody may connect to, why. */
    readonly #refused = new Map<string, string>();
    readonly #resolve: Resolve;
    /** `gone`: those that are not there any more. */
    readonly #onChange: (gone: readonly Endpoint[]) => void;
    /** By what makes one the same from list to list: its address, or the name that it is known by. */
    #byKey: ReadonlyMap<string, Endpoint> = new Map();

    constructor(resolve: Resolve, onChange: (gone: readonly Endpoint[]) => void) {
        this.#resolve = resolve;
        this.#onChange = onChange;
    }

    /** From the next list on. */
    guardBy(guard: AddressGuard | undefined): void {
        this.#guard = guard;
    }

    list(listed: Listed, discovery: ClusterEntry["discovery"]): void {
        const isOtherWay = discovery !== this.#discovery;
        this.#listed = listed;
        this.#discovery = discovery;
        const isNamed = discovery === "dns" || discovery === "logicalDns";
        const wanted = new Set(isNamed ? listed.map((one) => one.address) : []);
        for (const [name, watch] of this.names) {
            if (wanted.has(name) && !isOtherWay) continue;
            watch.stop();
            this.names.delete(name);
            this.#refused.delete(name);
        }
        for (const name of wanted) {
            if (this.names.has(name)) continue;
            this.names.set(name, new NameWatch(name, this.#resolve, this.#relist, discovery === "logicalDns"));
        }
        this.#relist();
    }

    /** The same list, found out about another way. */
    rediscover(discovery: ClusterEntry["discovery"]): void {
        this.list(this.#listed, discovery);
    }

    /** Whether a first answer of DNS is still to come. */
    get isResolving(): boolean {
        for (const watch of this.names.values()) if (!watch.answered) return true;
        return false;
    }

    /** Why no connection is made to the addresses of a name; empty: there is nothing against them. */
    get refusal(): string {
        return [...this.#refused.values()].join("; ");
    }

    /** Why there is no endpoint; empty: there simply is none. */
    get fault(): string {
        return [...this.names.values()]
            .map((watch) => watch.fault)
            .filter((fault) => fault !== "")
            .join("; ");
    }

    readonly #relist = (): void => {
        const before = this.#byKey;
        const now = new Map<string, Endpoint>();
        for (const { key, address, port, ...more } of this.#resolved()) {
            // Listed twice, or led to by two names: the first one's word counts.
            if (now.has(key)) continue;
            const endpoint = before.get(key) ?? new Endpoint(address, port, more.weight);
            endpoint.moveTo(address);
            endpoint.describe(more);
            now.set(key, endpoint);
        }
        this.#byKey = now;
        this.endpoints = [...now.values()];
        this.#onChange([...before].flatMap(([key, one]) => (now.has(key) ? [] : [one])));
    };

    #resolved(): readonly Resolved[] {
        switch (this.#discovery) {
            case "dns":
                return this.#listed.flatMap((one) => this.#addressesOf(one.address).map((address) => resolved({ ...one, address })));
            case "logicalDns":
                return this.#listed.flatMap((one) =>
                    this.#addressesOf(one.address)
                        .slice(0, 1)
                        .map((address) => ({ ...resolved(one), address })),
                );
            default:
                return this.#listed.map(resolved);
        }
    }

    #addressesOf(name: string): readonly string[] {
        const addresses = this.names.get(name)?.addresses ?? [];
        const fault = this.#guard?.fault(name, addresses) ?? "";
        if (fault === "") {
            this.#refused.delete(name);
            return addresses;
        }
        this.#refused.set(name, fault);
        return [];
    }
}

function resolved(one: EndpointEntry): Resolved {
    return { ...one, key: addressText(one.address, one.port) };
}
