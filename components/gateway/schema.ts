/** The schema of a gateway as an argument: a component, its ref, or the ref that another stack exports. */
import { PROTOCOL_WORDS, type AnyPorts } from "../ports";
import type { ObjectArgument, RichField } from "../schema";
import { refWire, type EgressArg, type IngressArg } from "./ref";

/** The data that goes between stacks, and that other languages give. */
export const GATEWAY_REF: ObjectArgument = {
    type: "object",
    name: "GatewayRef",
    doc: "All that a route needs to know of a gateway: the `ref` of a gateway component.",
    fields: {
        version: { type: "number", least: 1, required: true, doc: "Of this shape: 1." },
        kind: {
            type: "text",
            required: true,
            words: { ingress: "A way into the cluster.", egress: "A way out of it." },
            doc: "Which kind of gateway it is.",
        },
        name: { type: "text", required: true, doc: "Of the gateway and its Service." },
        namespace: { type: "text", required: true, doc: "Where the gateway, its Istio Gateways and its Secrets live." },
        labels: {
            type: "map",
            required: true,
            doc: "On the gateway's pods: what an Istio Gateway selects.",
            of: { type: "text", doc: "" },
        },
        ports: {
            type: "map",
            required: true,
            doc: "The declared ports by name.",
            of: {
                type: "object",
                name: "GatewayPort",
                doc: "A declared port as routes and other stacks know it.",
                fields: {
                    number: { type: "number", least: 1, required: true, doc: "The port of the Service." },
                    protocol: { type: "text", required: true, words: PROTOCOL_WORDS, doc: "What it speaks." },
                    targetPort: { type: "number", least: 1, doc: "Where the proxy listens.", default: "`number`." },
                },
            },
        },
        shared: {
            type: "list",
            doc: "Hosts that the gateway serves over TLS with a certificate of its own.",
            default: "none.",
            of: {
                type: "object",
                name: "SharedHosts",
                doc: "Hosts that a gateway serves over TLS with a certificate of its own, for VirtualHosts that bring none.",
                fields: {
                    gateway: { type: "text", required: true, doc: "Of the Istio Gateway that has the server: `namespace/name`." },
                    hosts: {
                        type: "list",
                        required: true,
                        doc: "`[namespace/]dnsName`, as an Istio Gateway server has them.",
                        of: { type: "text", doc: "" },
                    },
                },
            },
        },
        dataPlane: {
            type: "text",
            words: { gatehouse: "The proxy of this package.", istio: "An injected Istio proxy." },
            doc: "What the gateway's pods run.",
            default: "`gatehouse`.",
        },
        forwardProxy: {
            type: "object",
            name: "ForwardProxyRef",
            doc: "Where an egress gateway takes requests for any host that is led through it.",
            default: "it does not.",
            fields: {
                gateway: { type: "text", required: true, doc: "Of the Istio Gateway that has the server: `namespace/name`." },
                port: { type: "number", least: 1, required: true, doc: "Of the gateway's Service." },
            },
        },
    },
};

export const INGRESS: RichField<IngressArg<AnyPorts>> = {
    type: "rich",
    called: "IngressGateway or its ref",
    doc: "An IngressGateway, its `ref`, or the ref that another stack exports.",
    travel: refWire,
    twin: GATEWAY_REF,
};

export const GATEWAY: RichField<IngressArg<AnyPorts> | EgressArg<AnyPorts>> = {
    type: "rich",
    called: "gateway or its ref",
    doc: "An IngressGateway or EgressGateway, its `ref`, or the ref that another stack exports.",
    travel: refWire,
    twin: GATEWAY_REF,
};

export const EGRESS: Omit<RichField<EgressArg<AnyPorts>>, "doc"> = {
    type: "rich",
    called: "EgressGateway or its ref",
    travel: refWire,
    twin: GATEWAY_REF,
};
