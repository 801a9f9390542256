/** Turns destinations into clusters, and says which clusters the routes use: no other is made. */
import { refText, type Destination, type Kind } from "../../../istio/types";
import type { Context } from "../context/context";
import { subsetOf, type DestinationRules } from "../istio/destination-rules";
import type { Placed } from "../../resources/model";
import type { Registry, RegistryService } from "./registry";
import { listText } from "../context/report";

/** For what a cluster is used, and the declared port of the listener it is used on. */
export interface Use {
    readonly protocol: "http" | "tcp";
    readonly port: number;
}

export class Destinations {
    private readonly context: Context;
    private readonly registry: Registry;
    private readonly rules: DestinationRules;

    constructor(context: Context, registry: Registry, rules: DestinationRules) {
        this.context = context;
        this.registry = registry;
        this.rules = rules;
    }

    /** The cluster's key; `host` of the destination must be resolved. What no object defines has a key and no entry. */
    cluster(destination: Destination, about: Placed<Kind>, field: string, use: Use): string {
        const services = this.registry.lookup(destination.host);
        const port = this.portOf(destination, services, about, field, use);
        const subset = destination.subset ?? "";
        const key = `outbound|${port}|${subset}|${destination.host}`;
        if (services.length === 0) this.reportUnknown(destination.host, about, field);
        else if (subset !== "") this.checkSubset(destination, services, about, field);
        this.context.graph.say({ kind: "cluster", use: { key, host: destination.host, port, subset, http: use.protocol === "http" } });
        return key;
    }

    private portOf(
        { host, port }: Destination,
        services: readonly RegistryService[],
        about: Placed<Kind>,
        field: string,
        use: Use,
    ): number {
        const numbers = [...new Set(services.flatMap(({ ports }) => ports.map(({ number }) => number)))];
        const asked = port?.number;
        if (asked) {
            // Of one that was never good it was said already.
            if (services.some(({ owner }) => owner.source.refused === undefined) && !numbers.includes(asked)) {
                this.context.report.add(
                    "GH0438",
                    about,
                    `${field}.port.number`,
                    `${host} has no port ${asked}; requests get 503. Its ports: ${listText(numbers)}.`,
                    "Name the Service's port, not the container's.",
                );
            }
            return asked;
        }
        if (numbers.length > 1) {
            this.context.report.add(
                "GH0437",
                about,
                field,
                `${host} has several ports (${listText(numbers)}), so that the destination must name one; ${use.port}, the listener's, is taken.`,
                "Set port.number.",
            );
        }
        return numbers.length === 1 ? (numbers[0] ?? use.port) : use.port;
    }

    private reportUnknown(host: string, about: Placed<Kind>, field: string): void {
        const similar = this.registry.similar(host);
        this.context.report.add(
            "GH0436",
            about,
            `${field}.host`,
            `No Service or ServiceEntry has the host ${host}; requests get 503.`,
            similar.length > 0 ? `Known: ${listText(similar)}.` : "",
        );
    }

    private checkSubset({ host, subset }: Destination, services: readonly RegistryService[], about: Placed<Kind>, field: string): void {
        const rule = this.rules.find(host, services[0]?.namespace);
        if (subsetOf(rule, subset ?? "")) return;
        const names = (rule?.objects ?? []).flatMap(({ object }) => (object.spec.subsets ?? []).map(({ name }) => name));
        const why =
            rule === undefined
                ? `no DestinationRule holds for ${host}`
                : `${refText(rule.objects[0]?.ref ?? about.ref)} has the subsets ${listText(names)}`;
        this.context.report.add("GH0439", about, `${field}.subset`, `Subset ${subset} is not defined: ${why}; requests get 503.`);
    }
}
