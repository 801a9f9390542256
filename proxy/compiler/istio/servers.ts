/** The servers of the Gateways that this proxy serves, in the proxy's words. */
import {
    forwardProxyPorts,
    isEmptySelector,
    parseServerHost,
    gatewaySelects,
    serverKind,
    type ServerHost,
    type ServerKind,
} from "../../../istio/semantics";
import type { Server } from "../../../istio/types";
import type { Placed } from "../../resources/model";
import { guarded } from "../context/context";
import type { ObjectContext } from "../context/objects";
import { fieldBelow } from "../context/place";
import type { Family } from "../graph/graph";
import type { PlannedHost, PlannedServer } from "../routing/model/servers";
import type { ServerSource } from "../routing/model/sources";
import { tlsTerms } from "./tls-terms";

export type PlacedGateway = Placed<"Gateway">;

/** With the namespaces whose rules may be bound to it. */
export interface GatewayHost extends PlannedHost, ServerHost {}

export interface GatewayServer extends PlannedServer {
    readonly subject: PlacedGateway;
    readonly hosts: readonly GatewayHost[];
}

const NO_TRANSLATION = "experimental.istio.io/disable-gateway-port-translation";

export class GatewayServers implements ServerSource {
    readonly #context: ObjectContext;
    readonly #servers: Family<PlacedGateway, readonly GatewayServer[] | undefined>;

    constructor(context: ObjectContext) {
        this.#context = context;
        this.#servers = context.graph.family((gateway) => (isSelected(context, gateway) ? serversOf(context, gateway) : undefined));
    }

    servers(): readonly PlannedServer[] {
        return inOrder(this.#context.objects.gateways.get()).flatMap((gateway) => this.of(gateway) ?? []);
    }

    /** With all their hosts, also those that find no port; undefined: the Gateway is another proxy's. */
    of(gateway: PlacedGateway): readonly GatewayServer[] | undefined {
        return this.#servers.get(gateway);
    }
}

/** Undefined: the server is another kind of object's. */
export function gatewayOf({ subject }: PlannedServer): PlacedGateway | undefined {
    const { group, kind } = subject.ref;
    return kind === "Gateway" && group === "networking.istio.io" ? (subject as PlacedGateway) : undefined;
}

/** Oldest first, and last those that were never good: they take no host that another names. */
function inOrder(gateways: readonly PlacedGateway[]): readonly PlacedGateway[] {
    const refused = gateways.filter(({ source }) => source.refused !== undefined);
    return refused.length === 0 ? gateways : [...gateways.filter(({ source }) => source.refused === undefined), ...refused];
}

/** Whether the pod's labels satisfy the Gateway's selector, whatever its namespace. */
function isSelected({ settings, report }: ObjectContext, gateway: PlacedGateway): boolean {
    const selector = gateway.object.spec.selector ?? {};
    if (isEmptySelector(selector)) {
        if (gateway.source.refused === undefined)
            report.add(
                "GH0410",
                gateway,
                "spec.selector",
                "No selector: every gateway workload of the cluster serves this Gateway.",
                "Select one gateway's pods by their labels.",
            );
        return true;
    }
    return settings.servesAll || gatewaySelects(selector, settings.labels);
}

function serversOf(context: ObjectContext, gateway: PlacedGateway): readonly GatewayServer[] {
    return (gateway.object.spec.servers ?? []).flatMap((server, index) => {
        const field = fieldBelow("spec", "servers", index);
        return guarded(context, gateway, field, [], () => planServer(context, gateway, server, field));
    });
}

function planServer(context: ObjectContext, gateway: PlacedGateway, server: Server, field: string): GatewayServer[] {
    const kind = kindOf(server);
    if (typeof kind !== "string") {
        context.report.add("GH0413", gateway, `${field}.${kind.field}`, kind.message, kind.fix);
        return [];
    }
    return [
        {
            subject: gateway,
            owner: gateway.id,
            field,
            kind,
            port: server.port.number,
            portName: server.port.name,
            protocol: server.port.protocol,
            speaksGrpcWeb: server.port.protocol.toUpperCase() === "GRPC-WEB",
            bind: server.bind ?? "",
            isTranslated: !isSet(gateway.object.metadata.labels?.[NO_TRANSLATION]),
            hosts: (server.hosts ?? []).map((text, at) => ({ ...parseServerHost(text), field: fieldBelow(field, "hosts", at) })),
            ...(isForwardProxy(gateway, server) ? { isForwardProxy: true } : {}),
            redirectsToHttps: server.tls?.httpsRedirect ?? false,
            tls:
                kind === "https" || kind === "terminated-tcp"
                    ? tlsTerms(gateway, server.tls ?? {}, `${field}.tls`, context.settings.namespace)
                    : undefined,
            routeTable: kind === "https" ? routeTableOf(gateway, server) : "",
        },
    ];
}

/** Behind TLS that passes through there is no HTTP to be asked in. */
function isForwardProxy({ object }: PlacedGateway, { port, tls }: Server): boolean {
    const kind = serverKind(port.protocol, tls?.mode);
    return (kind === "http" || kind === "https") && forwardProxyPorts(object.metadata.annotations).includes(port.name);
}

/** As Istio names it. */
function routeTableOf({ ref }: PlacedGateway, { port, bind }: Server): string {
    return `https.${port.number}.${port.name}.${ref.name}.${ref.namespace}${bind ? `.${bind}` : ""}`;
}

/** Istio parses the label as a Go bool. */
function isSet(label: string | undefined): boolean {
    return label !== undefined && ["1", "t", "true"].includes(label.toLowerCase());
}

interface Unserved {
    readonly field: string;
    readonly message: string;
    readonly fix: string;
}

function kindOf(server: Server): ServerKind | Unserved {
    const kind = serverKind(server.port.protocol, server.tls?.mode);
    if (kind === undefined)
        return { field: "port.protocol", message: `${server.port.protocol} is not a protocol of a Gateway port.`, fix: "" };
    if (server.bind?.startsWith("unix:")) {
        return {
            field: "bind",
            message: `${server.bind} is a unix socket; the bundled proxy listens on IP addresses only.`,
            fix: "Remove bind.",
        };
    }
    if (kind === "http" || kind === "tcp") return kind;
    switch (server.tls?.mode ?? "PASSTHROUGH") {
        case "PASSTHROUGH":
        case "SIMPLE":
        case "MUTUAL":
        case "OPTIONAL_MUTUAL":
            return kind;
        case "ISTIO_MUTUAL":
            return {
                field: "tls.mode",
                message: "ISTIO_MUTUAL needs a mesh certificate, and the bundled proxy is outside the mesh.",
                fix: 'Use MUTUAL with a certificate of your own, or set dataPlane: "istio".',
            };
        default:
            return {
                field: "tls.mode",
                message: `${server.tls?.mode} is not supported by the bundled proxy.`,
                fix: "Use PASSTHROUGH, SIMPLE, MUTUAL or OPTIONAL_MUTUAL.",
            };
    }
}
