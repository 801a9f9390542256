/** Turns destinations into clusters, and says which clusters the routes use: no other is made. */
import type { CompilerContext } from "../context/context";
import type { Subject } from "../context/place";
import { listText } from "../context/report";
import type { HostDefinition, PolicySource } from "./model/backends";
import { NAMED_DESTINATION, ORIGINAL_DESTINATION, type RoutedDestination } from "./model/rules";
import type { Registry, ResolvedHost } from "./registry";

/** For what a cluster is used, and the declared port of the listener it is used on. */
export interface Use {
    readonly protocol: "http" | "tcp";
    readonly port: number;
    /** It goes on under another host than it came for. */
    readonly isRenamed?: boolean;
}

/** No cluster has it. */
const TO_ITSELF = "loop";

export class Destinations {
    readonly #context: CompilerContext;
    readonly #registry: Registry;
    readonly #policies: PolicySource;

    constructor(context: CompilerContext, registry: Registry, policies: PolicySource) {
        this.#context = context;
        this.#registry = registry;
        this.#policies = policies;
    }

    /** Whether the proxy's own pods are behind it. */
    isOwn(host: string): boolean {
        const { mode, servesAll } = this.#context.settings;
        return mode === "gateway" && !servesAll && this.#registry.resolve(host).definitions.some(({ isOwn }) => isOwn === true);
    }

    /** The cluster's key. What no object defines has a key and no entry. */
    cluster(destination: RoutedDestination, about: Subject, use: Use): string {
        const { subset } = destination;
        if (destination.host === ORIGINAL_DESTINATION || destination.host === NAMED_DESTINATION)
            return this.#unknown(destination.host, use);
        const resolved = this.#registry.resolve(destination.host);
        const { host, definitions } = resolved;
        const own = this.#registry.lookup(destination.host);
        const port = this.#portOf(destination, resolved, own, about, use);
        const key = `outbound|${port}|${subset}|${host}`;
        if (own.length === 0) this.#reportUnknown(destination, about);
        // A name that leads back to itself, which was said already.
        else if (definitions.length === 0) return key;
        else if (subset !== "") this.#checkSubset({ ...destination, host }, definitions[0], about);
        if (definitions.some(({ isOwn }) => isOwn === true) && port === use.port && use.isRenamed !== true) {
            this.#reportLoop(destination, about, port);
            return `${TO_ITSELF}|${port}|${subset}|${host}`;
        }
        this.#context.graph.say({ kind: "cluster", use: { key, host, port, subset, http: use.protocol === "http" } });
        return key;
    }

    #reportLoop({ host, field, hostField = "host" }: RoutedDestination, about: Subject, port: number): void {
        this.#context.report.add(
            "GH0477",
            about,
            `${field}.${hostField}`,
            `${host} is the gateway itself: what comes to its port ${port} would come there again for ever; requests get 503, connections are closed.`,
            "Bind the rule to the gateway `mesh` alone (`match.gateways`), or lead the gateway's own on to where it is meant to go.",
        );
    }

    /** Of what nobody defines. */
    #unknown(key: string, { protocol }: Use): string {
        this.#context.graph.say({ kind: "cluster", use: { key, host: key, port: 0, subset: "", http: protocol === "http" } });
        return key;
    }

    #portOf(
        { port: asked, portName, field }: RoutedDestination,
        { host, definitions }: ResolvedHost,
        own: readonly HostDefinition[],
        about: Subject,
        use: Use,
    ): number {
        // What is only another name may have ports and names for them, which mean the same there.
        const said = own.some(({ ports }) => ports.length > 0) ? own : definitions;
        if (portName !== undefined) return this.#portNamed({ host, portName, field }, said, about);
        if (asked !== undefined) {
            const numbers = numbersOf(definitions);
            if (definitions.some(lacksPorts) && !numbers.includes(asked)) {
                this.#context.report.add(
                    "GH0438",
                    about,
                    `${field}.port.number`,
                    `${host} has no port ${asked}; requests get 503. Its ports: ${listText(numbers)}.`,
                    "Name the Service's port, not the container's.",
                );
            }
            return asked;
        }
        const numbers = numbersOf(said);
        if (numbers.length > 1) {
            this.#context.report.add(
                "GH0437",
                about,
                field,
                `${host} has several ports (${listText(numbers)}), so that the destination must name one; ${use.port}, the listener's, is taken.`,
                "Set port.number.",
            );
        }
        return numbers.length === 1 ? (numbers[0] ?? use.port) : use.port;
    }

    /** 0: there is none of this name. */
    #portNamed(
        { host, portName, field }: { readonly host: string; readonly portName: string; readonly field: string },
        definitions: readonly HostDefinition[],
        about: Subject,
    ): number {
        const ports = definitions.flatMap((one) => one.ports);
        const named = ports.find(({ name }) => name === portName);
        if (named === undefined && definitions.some(({ subject }) => subject.source.refused === undefined)) {
            this.#context.report.add(
                "GH0438",
                about,
                `${field}.port.name`,
                `${host} has no port named ${portName}; requests get 503. Its ports: ${listText(ports.map(portText))}.`,
                "Name a port of the Service, or write its number.",
            );
        }
        return named?.number ?? 0;
    }

    #reportUnknown({ host, field, hostField = "host" }: RoutedDestination, about: Subject): void {
        const similar = this.#registry.similar(host);
        this.#context.report.add(
            "GH0436",
            about,
            `${field}.${hostField}`,
            `No Service or ServiceEntry has the host ${host}; requests get 503.`,
            similar.length > 0 ? `Known: ${listText(similar)}.` : "",
        );
    }

    #checkSubset({ host, subset, field }: RoutedDestination, definition: HostDefinition | undefined, about: Subject): void {
        const why = this.#policies.missingSubset(definition, host, subset);
        if (why === undefined) return;
        this.#context.report.add("GH0439", about, `${field}.subset`, `Subset ${subset} is not defined: ${why}; requests get 503.`);
    }
}

function portText({ name, number }: HostDefinition["ports"][number]): string {
    return name === "" ? String(number) : `${name} (${number})`;
}

/** Whether a port that is not among its own is none. Of one that was never good it was said already. */
function lacksPorts({ subject, ports, hasAnyPort }: HostDefinition): boolean {
    return subject.source.refused === undefined && !(hasAnyPort && ports.length === 0);
}

function numbersOf(definitions: readonly HostDefinition[]): number[] {
    return [...new Set(definitions.flatMap(({ ports }) => ports.map(({ number }) => number)))];
}
