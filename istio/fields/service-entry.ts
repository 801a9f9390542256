import type { ServiceEntry, ServicePort, WorkloadEntry } from "../types";
import { exportTo, labels, podSelector } from "./common";
import { list, map, notServed, object, required, text, whole, words } from "./field";

const port = object<ServicePort>("a port", {
    number: required(whole("the port that clients use", 1, 65535)),
    protocol: text("HTTP, HTTPS, HTTP2, GRPC, TLS, TCP, …", { maxLength: 256 }),
    name: required(text("a name that is unique among the ports", { maxLength: 256 })),
    targetPort: whole("the endpoints' port, where it is another", 1, 65535),
});

const endpoint = object<WorkloadEntry>("an endpoint", {
    address: text("an IP address; with DNS resolution also a name", { maxLength: 256 }),
    ports: map("ports by the entry's port names", whole("the endpoint's port", 1, 65535), 128),
    labels: { ...labels("labels that subsets select by"), max: 256 },
    network: notServed("the bundled proxy reaches every endpoint directly", text("the network it is in", { maxLength: 2048 })),
    locality: notServed("endpoints are chosen without regard to locality", text("`region/zone/subzone`", { maxLength: 2048 })),
    weight: whole("its share, in proportion to the sum"),
    serviceAccount: notServed("endpoints are not identified by mesh certificates", text("its service account", { maxLength: 253 })),
});

/** networking.istio.io ServiceEntry: a service that Kubernetes does not know. */
export const serviceEntryFields = object<ServiceEntry>("a service that Kubernetes does not know", {
    hosts: required(list("its names", text("a host"), { min: 1, max: 256 })),
    addresses: list("addresses that clients use", text("an address or CIDR", { maxLength: 64 }), { max: 256 }),
    ports: list("its ports", port, { max: 256 }),
    location: words("whether it is part of the mesh", ["MESH_EXTERNAL", "MESH_INTERNAL"]),
    resolution: words("how endpoints are found; NONE where nothing is said", ["NONE", "STATIC", "DNS", "DNS_ROUND_ROBIN", "DYNAMIC_DNS"], {
        wordsNotServed: { DYNAMIC_DNS: "a gateway has no address to forward to before it has the name; name the hosts and use DNS" },
    }),
    endpoints: list("its endpoints", endpoint, { max: 4096 }),
    workloadSelector: podSelector("pods that are its endpoints", "labels", 256),
    exportTo: exportTo(),
    subjectAltNames: list("names the endpoints' certificates must have one of", text("a subject alternative name")),
});
