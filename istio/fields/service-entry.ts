import type { ServiceEntry, ServicePort } from "../types";
import { exportTo, podSelector } from "./common";
import { list, object, required, text, whole, words } from "./field";
import { endpointFields } from "./workloads";

const port = object<ServicePort>("a port", {
    number: required(whole("the port that clients use", 1, 65535)),
    protocol: text("HTTP, HTTPS, HTTP2, GRPC, TLS, TCP, …", { maxLength: 256 }),
    name: required(text("a name that is unique among the ports", { maxLength: 256 })),
    targetPort: whole("the endpoints' port, where it is another", 1, 65535),
});

/** networking.istio.io ServiceEntry: a service that Kubernetes does not know. */
export const serviceEntryFields = object<ServiceEntry>("a service that Kubernetes does not know", {
    hosts: required(list("its names", text("a host"), { min: 1, max: 256 })),
    addresses: list("addresses that clients use", text("an address or CIDR", { maxLength: 64 }), { max: 256 }),
    ports: list("its ports", port, { max: 256 }),
    location: words("whether it is part of the mesh", ["MESH_EXTERNAL", "MESH_INTERNAL"]),
    resolution: words("how endpoints are found; NONE where nothing is said", ["NONE", "STATIC", "DNS", "DNS_ROUND_ROBIN", "DYNAMIC_DNS"]),
    endpoints: list("its endpoints", endpointFields, { max: 4096 }),
    workloadSelector: podSelector("pods and WorkloadEntries of its namespace that are its endpoints", "labels", 256),
    exportTo: exportTo(),
    subjectAltNames: list("names the endpoints' certificates must have one of", text("a subject alternative name")),
});
