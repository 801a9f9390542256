/** The hosts a destination may name: those of Services and of ServiceEntries, as far as they are exported. */
import type { IndexedObject, ObjectsByKind } from "./indexed-object";
import { fullHost } from "./names";
import { EVERYWHERE, exportToOfService, scopesOf, type Labels } from "../semantics";

export interface KnownHost {
    /** The Service or ServiceEntry. */
    readonly owner: IndexedObject;
    readonly ports: readonly { readonly number?: number; readonly name?: string }[];
    /** What a ServiceEntry's workloads are selected by. */
    readonly workloads: Labels;
}

export class ServiceHosts {
    /** By `scope host`. */
    readonly #known = new Map<string, KnownHost>();
    /** Hosts with a leading `*`, by scope and the rest of them. */
    readonly #wildcards = new Map<string, KnownHost>();

    constructor(index: ObjectsByKind) {
        for (const entry of index.of("ServiceEntry")) {
            const { spec } = entry.usable;
            const host = {
                owner: entry,
                ports: (spec?.ports ?? []).map((port) => port ?? {}),
                workloads: spec?.workloadSelector?.labels ?? {},
            };
            for (const scope of scopesOf(spec?.exportTo, entry.ref.namespace)) {
                (spec?.hosts ?? []).forEach((name) => name !== undefined && this.#add(scope, fullHost(name, entry.ref.namespace), host));
            }
        }
        for (const service of index.of("Service")) {
            const ports = (service.usable.spec?.ports ?? []).map((port) => ({
                ...(port?.port === undefined ? {} : { number: port.port }),
                ...(port?.name === undefined ? {} : { name: port.name }),
            }));
            for (const scope of scopesOf(exportToOfService(service.annotations), service.ref.namespace)) {
                this.#add(scope, fullHost(service.ref.name, service.ref.namespace), { owner: service, ports, workloads: {} });
            }
        }
    }

    #add(scope: string, host: string, known: KnownHost): void {
        this.#known.set(`${scope} ${host}`, known);
        if (host.startsWith("*")) {
            this.#wildcards.set(`${scope} ${host.slice(1)}`, known);
        }
    }

    /**
     * What a host means to an object of `namespace` that is itself exported to `exportTo`: an exact name before a
     * wildcard, and of wildcards the narrowest.
     */
    find(host: string, namespace: string, exportTo: readonly (string | undefined)[] = []): KnownHost | undefined {
        const name = fullHost(host, namespace);
        const scopes =
            exportTo.length === 0 ? [namespace] : exportTo.map((entry) => (entry === "." || entry === undefined ? namespace : entry));
        for (const scope of [EVERYWHERE, ...scopes]) {
            const known = this.#known.get(`${scope} ${name}`);
            if (known) {
                return known;
            }
        }
        return this.#findWildcard(host.startsWith("*") ? host.slice(1) : host, namespace);
    }

    #findWildcard(host: string, namespace: string): KnownHost | undefined {
        if (this.#wildcards.size === 0) {
            return undefined;
        }
        for (let at = 0; at <= host.length; at += 1) {
            const rest = host.slice(at);
            const known = this.#wildcards.get(`${EVERYWHERE} ${rest}`) ?? this.#wildcards.get(`${namespace} ${rest}`);
            if (known) {
                return known;
            }
        }
        return undefined;
    }
}
