/** What an ExternalService is given, as a type and as data. */
import type * as pulumi from "@pulumi/pulumi";
import type { ClientTLSSettings, HTTPRetry, Resolution, WorkloadEntry } from "../../istio";
import type { Inputs, MetadataArgs } from "../arguments";
import { istioTable } from "../destination";
import { EGRESS, type EgressArg } from "../gateway";
import { HEALTH_CHECK, type HealthCheckArgs } from "../health-check";
import { PROTOCOL_WORDS, type AnyPorts, type Protocol, type ValidPorts } from "../ports";
import { MAX_CONCURRENT, RATE_LIMITS, type RateLimitArgs } from "../rate-limit";
import { METADATA, type IstioField, type ObjectFor } from "../schema";

/** A port of an external service in full. */
export interface ExternalPortSpec {
    readonly number: number;
    /** Default: read from the port's name. */
    readonly protocol?: Protocol;
    /** The port on the outside, where that is another: `443` behind plain HTTP with `tls`. Default: `number`. */
    readonly targetPort?: number;
}

/** TLS that begins at the gateway; fields are Istio's own. */
export type ExternalTlsArgs = Inputs<Omit<ClientTLSSettings, "mode">> & { readonly mode?: "SIMPLE" | "MUTUAL" };

/** How what goes to the outside is spoken. */
export type ExternalMode = "passthrough" | "originate" | "mutual";

/** Pods by their namespaces and their labels; what is left out is any. */
export interface ExternalSourceArgs {
    /** One of these. Default: any. */
    readonly namespaces?: readonly pulumi.Input<string>[];
    /** All of these. Default: any. */
    readonly labels?: Readonly<Record<string, pulumi.Input<string>>>;
}

/** The ports of an external service by name. */
export type ExternalPorts = Readonly<Record<string, number | ExternalPortSpec>>;

export interface ExternalServiceArgs<M, P extends ExternalPorts = ExternalPorts> {
    /** Names outside the cluster. A wildcard needs `via`, or `endpoints`. */
    readonly hosts: readonly pulumi.Input<string>[];
    /** `{ http: 80 }`: the name says the protocol, or the port does. */
    readonly ports: P & ValidPorts<P>;
    /**
     * How what goes to the outside is spoken: `passthrough` as it came, `originate` over TLS that begins here, `mutual` with a
     * certificate to show. The last two are for ports of plain HTTP, of which 80 then leads to 443 outside. Default:
     * `passthrough`, or what `tls` says.
     */
    readonly mode?: ExternalMode;
    /** Fixed addresses, or with DNS other names. Default: the hosts are looked up in DNS. */
    readonly endpoints?: readonly Inputs<WorkloadEntry>[];
    /** How addresses are found. Default: `STATIC` with endpoints that are addresses, `DYNAMIC_DNS` for a wildcard, else `DNS`. */
    readonly resolution?: Resolution;
    /** Virtual addresses by which a mesh tells plain TCP services of one port apart. */
    readonly addresses?: readonly pulumi.Input<string>[];
    /** The egress gateway that the traffic goes through. Default: straight out. */
    readonly via?: EgressArg<M>;
    /**
     * For ports of plain HTTP: the TLS that begins at the gateway, or without `via` at the application's proxy. `sni` and
     * `subjectAltNames` are the host by default, authorities those of the system.
     */
    readonly tls?: ExternalTlsArgs;
    /** For ports of HTTP: how long an answer may take, as Istio writes durations. Default: as long as it does. */
    readonly timeout?: pulumi.Input<string>;
    /** For ports of HTTP: Istio's HTTPRetry. With `via` it is the gateway that tries again. Default: Istio's. */
    readonly retries?: Inputs<HTTPRetry>;
    /** With `via`: whose requests the gateway lets through, by the pods' addresses. Default: everybody's. */
    readonly allowFrom?: readonly ExternalSourceArgs[];
    /** Inner addresses, as CIDR blocks, that the names may have all the same. Default: none may. */
    readonly innerAddresses?: readonly pulumi.Input<string>[];
    /** With `via`: whether each endpoint is asked if it is well. Default: none is. */
    readonly healthCheck?: HealthCheckArgs;
    /** With `via`, for ports of plain HTTP: how often workloads may ask the hosts through the gateway. Counted for all hosts together, and by all workers of a pod. Default: as often as they like. */
    readonly rateLimit?: readonly RateLimitArgs[];
    /** With `via`, for ports of plain HTTP: how many requests to the hosts may be under way in a pod of the gateway; more are answered 503. Default: any number. */
    readonly maxConcurrentRequests?: number;
    /** Where the ServiceEntry and the VirtualService live. Default: the gateway's namespace. Needed without `via`. */
    readonly namespace?: pulumi.Input<string>;
    /** Namespaces that know the service. Default: all, or those of `allowFrom` where each of it names some. */
    readonly exportTo?: readonly pulumi.Input<string>[];
    readonly metadata?: MetadataArgs;
}

const PORT_SPEC: ObjectFor<ExternalPortSpec> = {
    type: "object",
    name: "ExternalPortSpec",
    doc: "A port of an external service in full.",
    fields: {
        number: { type: "number", least: 1, required: true, doc: "The port by which workloads call it." },
        protocol: { type: "text", words: PROTOCOL_WORDS, doc: "", default: "read from the port's name." },
        targetPort: {
            type: "number",
            least: 1,
            doc: "The port on the outside, where that is another: `443` behind plain HTTP with `tls`.",
            default: "`number`.",
        },
    },
};

const ENDPOINT: IstioField<Inputs<WorkloadEntry>> = {
    type: "istio",
    name: "WorkloadEntry",
    table: istioTable("ServiceEntry", "spec", "endpoints"),
    doc: "Istio's WorkloadEntry.",
};

const TLS: IstioField<ExternalTlsArgs> = {
    type: "istio",
    name: "ClientTLSSettings",
    table: istioTable("DestinationRule", "spec", "trafficPolicy", "tls"),
    instead: {
        mode: {
            type: "text",
            words: { SIMPLE: "The gateway shows no certificate.", MUTUAL: "It shows one." },
            doc: "",
            default: "`SIMPLE`.",
        },
    },
    doc: "For ports of plain HTTP: the TLS that begins at the gateway, or without `via` at the application's proxy. `sni` and `subjectAltNames` are the host by default, authorities those of the system.",
};

const RETRIES: IstioField<Inputs<HTTPRetry>> = {
    type: "istio",
    name: "HTTPRetry",
    table: istioTable("VirtualService", "spec", "http", "retries"),
    doc: "For ports of HTTP: Istio's HTTPRetry. With `via` it is the gateway that tries again.",
    default: "Istio's.",
};

const SOURCE: ObjectFor<ExternalSourceArgs> = {
    type: "object",
    name: "ExternalSourceArgs",
    doc: "Pods by their namespaces and their labels; what is left out is any.",
    fields: {
        namespaces: { type: "list", doc: "One of these.", default: "any.", of: { type: "text", input: true, doc: "" } },
        labels: { type: "map", doc: "All of these.", default: "any.", of: { type: "text", input: true, doc: "" } },
    },
};

export const EXTERNAL_SERVICE: ObjectFor<ExternalServiceArgs<AnyPorts>> = {
    type: "object",
    name: "ExternalServiceArgs",
    doc: "Names outside the cluster that workloads may call, straight or through an egress gateway.",
    fields: {
        hosts: {
            type: "list",
            required: true,
            decides: true,
            doc: "Names outside the cluster. A wildcard needs `via`, or `endpoints`.",
            of: { type: "text", input: true, doc: "" },
        },
        ports: {
            type: "map",
            required: true,
            decides: true,
            doc: "`{ http: 80 }`: the name says the protocol, or the port does.",
            of: {
                type: "union",
                name: "ExternalPortChoice",
                doc: "",
                members: {
                    number: { as: "number", field: { type: "number", least: 1, doc: "The port, whose protocol its name says." } },
                    object: { as: "spec", field: PORT_SPEC },
                },
            },
        },
        mode: {
            type: "text",
            known: true,
            words: {
                passthrough: "As it came.",
                originate: "Over TLS that begins here.",
                mutual: "The same, with a certificate to show.",
            },
            doc: "How what goes to the outside is spoken: `passthrough` as it came, `originate` over TLS that begins here, `mutual` with a certificate to show. The last two are for ports of plain HTTP, of which 80 then leads to 443 outside.",
            default: "`passthrough`, or what `tls` says.",
        },
        endpoints: {
            type: "list",
            doc: "Fixed addresses, or with DNS other names.",
            default: "the hosts are looked up in DNS.",
            of: ENDPOINT,
        },
        resolution: {
            type: "text",
            known: true,
            words: {
                NONE: "None is looked for: a connection goes to the address it was meant for. For the mesh alone.",
                STATIC: "The endpoints are addresses.",
                DNS: "The hosts, or the endpoints' names, are looked up, and all answers used.",
                DNS_ROUND_ROBIN: "Looked up, and the first answer used.",
                DYNAMIC_DNS: "The name that a request or connection asks for is looked up.",
            },
            doc: "How addresses are found.",
            default: "`STATIC` with endpoints that are addresses, `DYNAMIC_DNS` for a wildcard, else `DNS`.",
        },
        addresses: {
            type: "list",
            doc: "Virtual addresses by which a mesh tells plain TCP services of one port apart.",
            of: { type: "text", input: true, doc: "" },
        },
        via: { ...EGRESS, doc: "The egress gateway that the traffic goes through.", default: "straight out." },
        tls: { ...TLS, decides: true },
        timeout: {
            type: "text",
            input: true,
            doc: "For ports of HTTP: how long an answer may take, as Istio writes durations.",
            default: "as long as it does.",
        },
        retries: RETRIES,
        allowFrom: {
            type: "list",
            decides: true,
            doc: "With `via`: whose requests the gateway lets through, by the pods' addresses.",
            default: "everybody's.",
            of: SOURCE,
        },
        innerAddresses: {
            type: "list",
            doc: "Inner addresses, as CIDR blocks, that the names may have all the same.",
            default: "none may.",
            of: { type: "text", input: true, doc: "" },
        },
        healthCheck: {
            ...HEALTH_CHECK,
            decides: true,
            doc: "With `via`: whether each endpoint is asked if it is well.",
            default: "none is.",
        },
        rateLimit: {
            ...RATE_LIMITS,
            decides: true,
            doc: "With `via`, for ports of plain HTTP: how often workloads may ask the hosts through the gateway. Counted for all hosts together, and by all workers of a pod.",
            default: "as often as they like.",
        },
        maxConcurrentRequests: {
            ...MAX_CONCURRENT,
            decides: true,
            doc: "With `via`, for ports of plain HTTP: how many requests to the hosts may be under way in a pod of the gateway; more are answered 503.",
            default: "any number.",
        },
        namespace: {
            type: "text",
            input: true,
            doc: "Where the ServiceEntry and the VirtualService live.",
            default: "the gateway's namespace. Needed without `via`.",
        },
        exportTo: {
            type: "list",
            doc: "Namespaces that know the service.",
            default: "all, or those of `allowFrom` where each of it names some.",
            of: { type: "text", input: true, doc: "" },
        },
        metadata: METADATA,
    },
};
