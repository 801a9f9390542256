/** The schema of declared ports. */
import type { FieldFor, ObjectFor } from "../schema";
import type { Ports, PortSpec, Protocol } from "./types";

export const PROTOCOL_WORDS: Readonly<Record<Protocol, string>> = {
    HTTP: "HTTP/1.1 in the clear, which VirtualHosts route.",
    HTTPS: "HTTP over TLS that ends at the gateway.",
    HTTP2: "HTTP/2 in the clear.",
    GRPC: "gRPC in the clear.",
    "GRPC-WEB": "gRPC-Web in the clear.",
    TCP: "Bytes, passed on as they are.",
    TLS: "TLS that is passed through by the name that is asked for.",
    MONGO: "MongoDB's protocol, passed on as it is.",
    REDIS: "Redis's protocol, passed on as it is.",
    MYSQL: "MySQL's protocol, passed on as it is.",
};

const PORT_SPEC: ObjectFor<PortSpec> = {
    type: "object",
    name: "PortSpec",
    doc: "A port in full.",
    fields: {
        number: { type: "number", least: 1, required: true, doc: "The port of the Service and of the Istio Gateway servers." },
        protocol: {
            type: "text",
            words: PROTOCOL_WORDS,
            doc: "",
            default: "read from the port's name, as Istio reads Service ports.",
        },
        targetPort: { type: "number", least: 1, doc: "Where the proxy listens.", default: "`number`; the pod may open low ports." },
        nodePort: {
            type: "number",
            least: 1,
            doc: "The port on every node, for Services of type NodePort or LoadBalancer.",
            default: "Kubernetes chooses.",
        },
        appProtocol: {
            type: "text",
            doc: "Passed on to the Service port, where a cloud's load balancer reads it.",
            default: "none, but for HTTP/2 and gRPC on a port whose name does not say so, which says it here.",
        },
    },
};

export const PORTS: FieldFor<Ports> & { readonly type: "map" } = {
    type: "map",
    doc: "",
    of: {
        type: "union",
        name: "PortChoice",
        doc: "",
        members: {
            number: { as: "number", field: { type: "number", least: 1, doc: "The port, whose protocol its name says." } },
            object: { as: "spec", field: PORT_SPEC },
            flag: { as: "off", field: { type: "flag", only: false, doc: "Takes away the default of this name." } },
        },
    },
};
