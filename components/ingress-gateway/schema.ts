/** What an IngressGateway is given, as a type and as data: beside its workload, the hosts it serves with certificates of its own. */
import type * as pulumi from "@pulumi/pulumi";
import { ACCESS, EXTENSION_PROVIDER, type AccessArgs, type ExtensionProviderArgs } from "../access";
import { TLS_FIELDS, type TlsArgs } from "../certificate";
import { COMPRESSION, MAINTENANCE, SECURITY_HEADERS, type CompressionArgs, type MaintenanceArgs, type SecurityHeadersArgs } from "../edge";
import { ERROR_PAGE, type ErrorPageArgs } from "../error-pages";
import { CLIENT_FIELDS, type ClientArgs } from "../gateway-options";
import type { Ports } from "../ports";
import type { ObjectFor } from "../schema";
import { WORKLOAD_FIELDS, type WorkloadArgs } from "../workload";

/** Hosts with one certificate that VirtualHosts share, as with the platform's wildcard certificate. */
export interface SharedTlsArgs extends TlsArgs {
    /** `*.example.com`: VirtualHosts whose hosts these cover need no certificate of their own. */
    readonly hosts: readonly pulumi.Input<string>[];
    /** Whose VirtualHosts may use the hosts. Default: any namespace's. */
    readonly allowedNamespaces?: readonly pulumi.Input<string>[];
    /** Names the children made for this entry. Default: made of the first host. */
    readonly name?: string;
    /** What plain HTTP gets on these hosts. Default: `redirect`. */
    readonly http?: "redirect" | "serve" | "off";
}

/** A class of Kubernetes Ingresses that the gateway serves. */
export interface IngressClassArgs {
    /** What `ingressClassName` says. Default: the gateway's name. */
    readonly name?: string;
    /** Whether Ingresses without a class are given this one when they are made. Default: false. */
    readonly isDefault?: boolean;
}

export interface IngressGatewayArgs<P extends Ports = Ports> extends WorkloadArgs<P>, ClientArgs {
    /** Default: none; each VirtualHost brings its own certificate. */
    readonly tls?: readonly SharedTlsArgs[];
    /** Who may pass to whatever the gateway serves. Where several are given, a request needs all of them. Default: anybody. */
    readonly access?: AccessArgs;
    /** Who can be asked about requests, for this gateway and before the mesh configuration's of the same name. Default: the mesh configuration's alone. */
    readonly extensionProviders?: readonly ExtensionProviderArgs[];
    /** How many proxies before the gateway are trusted to have said the client's address in X-Forwarded-For. Default: what the mesh's configuration says, else none. */
    readonly numTrustedProxies?: number;
    /** The class of the Ingresses that it serves, whose addresses it writes into their status. Default: none; those of Istio's class are served by a gateway that is labelled as Istio's. */
    readonly ingressClass?: IngressClassArgs;
    /** Pages in the place of plain answers that say what went wrong, by status: for every host without one of its own, and for hosts that nobody serves. Default: none. */
    readonly errorPages?: readonly ErrorPageArgs[];
    /** Headers that tell browsers what not to do with sites, on whatever is answered to hosts without some of their own: `true` is a good set. Default: none. */
    readonly securityHeaders?: boolean | SecurityHeadersArgs;
    /** Whether everybody is told to come back later, but for those who look after the gateway; a host that says `false` is served. Default: they are served. */
    readonly maintenance?: boolean | MaintenanceArgs;
    /** Whether what backends send goes out smaller, to clients that like that. A host's own comes before it. Default: it is sent as it is. */
    readonly compression?: boolean | CompressionArgs;
}

const INGRESS_CLASS: ObjectFor<IngressClassArgs> = {
    type: "object",
    name: "IngressClassArgs",
    doc: "A class of Kubernetes Ingresses that the gateway serves.",
    fields: {
        name: { type: "text", doc: "What `ingressClassName` says.", default: "the gateway's name." },
        isDefault: {
            type: "flag",
            doc: "Whether Ingresses without a class are given this one when they are made.",
            default: "false.",
        },
    },
};

const SHARED_TLS: ObjectFor<SharedTlsArgs> = {
    type: "object",
    name: "SharedTlsArgs",
    doc: "Hosts with one certificate that VirtualHosts share, as with the platform's wildcard certificate.",
    fields: {
        hosts: {
            type: "list",
            required: true,
            doc: "`*.example.com`: VirtualHosts whose hosts these cover need no certificate of their own.",
            of: { type: "text", input: true, doc: "" },
        },
        allowedNamespaces: {
            type: "list",
            doc: "Whose VirtualHosts may use the hosts.",
            default: "any namespace's.",
            of: { type: "text", input: true, doc: "" },
        },
        name: { type: "text", doc: "Names the children made for this entry.", default: "made of the first host." },
        http: {
            type: "text",
            known: true,
            words: { redirect: "A redirect to HTTPS.", serve: "The same routes.", off: "Nothing." },
            doc: "What plain HTTP gets on these hosts.",
            default: "`redirect`.",
        },
        ...TLS_FIELDS,
    },
};

export const INGRESS_GATEWAY: ObjectFor<IngressGatewayArgs> = {
    type: "object",
    name: "IngressGatewayArgs",
    doc: "A proxy of its own at the edge of the cluster, which VirtualHosts and TcpRoutes then attach to.",
    fields: {
        ...WORKLOAD_FIELDS,
        ...CLIENT_FIELDS,
        tls: {
            type: "list",
            decides: true,
            doc: "",
            default: "none; each VirtualHost brings its own certificate.",
            of: SHARED_TLS,
        },
        access: {
            ...ACCESS,
            decides: true,
            doc: "Who may pass to whatever the gateway serves. Where several are given, a request needs all of them.",
            default: "anybody.",
        },
        extensionProviders: {
            type: "list",
            decides: true,
            doc: "Who can be asked about requests, for this gateway and before the mesh configuration's of the same name.",
            default: "the mesh configuration's alone.",
            of: EXTENSION_PROVIDER,
        },
        numTrustedProxies: {
            type: "number",
            decides: true,
            least: 0,
            doc: "How many proxies before the gateway are trusted to have said the client's address in X-Forwarded-For.",
            default: "what the mesh's configuration says, else none.",
        },
        ingressClass: {
            ...INGRESS_CLASS,
            decides: true,
            doc: "The class of the Ingresses that it serves, whose addresses it writes into their status.",
            default: "none; those of Istio's class are served by a gateway that is labelled as Istio's.",
        },
        errorPages: {
            type: "list",
            decides: true,
            doc: "Pages in the place of plain answers that say what went wrong, by status: for every host without one of its own, and for hosts that nobody serves.",
            default: "none.",
            of: ERROR_PAGE,
        },
        securityHeaders: {
            ...SECURITY_HEADERS,
            decides: true,
            doc: "Headers that tell browsers what not to do with sites, on whatever is answered to hosts without some of their own: `true` is a good set.",
            default: "none.",
        },
        maintenance: {
            ...MAINTENANCE,
            decides: true,
            doc: "Whether everybody is told to come back later, but for those who look after the gateway; a host that says `false` is served.",
            default: "they are served.",
        },
        compression: {
            ...COMPRESSION,
            decides: true,
            doc: "Whether what backends send goes out smaller, to clients that like that. A host's own comes before it.",
            default: "it is sent as it is.",
        },
    },
};
