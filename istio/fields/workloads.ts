import type { WorkloadEntry, WorkloadGroup } from "../types";
import { labels } from "./common";
import { list, map, notServed, object, required, text, whole, words, type Field, type ObjectField } from "./field";

const NOT_IDENTIFIED = "endpoints are not identified by mesh certificates";

const entry: Readonly<Record<keyof WorkloadEntry, Field>> = {
    address: text("an IP address; with DNS resolution also a name", { maxLength: 256 }),
    ports: map("ports by the entry's port names", whole("the endpoint's port", 1, 65535), 128),
    labels: { ...labels("labels that subsets select by"), max: 256 },
    network: text("the network it is in", { maxLength: 2048 }),
    locality: text("`region/zone/subzone`", { maxLength: 2048 }),
    weight: whole("its share, in proportion to the sum"),
    serviceAccount: notServed(NOT_IDENTIFIED, text("its service account", { maxLength: 253 })),
};

/** An endpoint within a ServiceEntry. */
export const endpointFields = object<WorkloadEntry>("an endpoint", entry);

/** networking.istio.io WorkloadEntry: a workload outside Kubernetes, which ServiceEntries select by its labels. */
export const workloadEntryFields = object<WorkloadEntry>("a workload outside Kubernetes", {
    ...entry,
    labels: { ...labels("labels that ServiceEntries and subsets select by"), max: 256 },
});

const port = (): Field => whole("a port", 1, 65535);
const seconds = (doc: string): Field => whole(doc, 0, 2_147_483_647);

const probe: ObjectField = object(
    "how an agent asks whether the workload is well",
    {
        initialDelaySeconds: seconds("before the first question"),
        timeoutSeconds: seconds("for an answer"),
        periodSeconds: seconds("between two questions"),
        successThreshold: seconds("answers until it counts as well"),
        failureThreshold: seconds("failures until it does not"),
        httpGet: object("by HTTP", {
            path: text("the path"),
            port: required(port()),
            host: text("the host"),
            scheme: words("the scheme", ["", "HTTP", "HTTPS"]),
            httpHeaders: list("headers", object("a header", { name: text("its name"), value: text("its value") })),
        }),
        tcpSocket: object("by connecting", { host: text("the host"), port: required(port()) }),
        exec: object("by a command", { command: required(list("its words", text("a word", { minLength: 1 }))) }),
        grpc: object("by gRPC", { port: port(), service: text("the service that is asked for") }),
    },
    { atMostOne: [["httpGet", "tcpSocket", "exec", "grpc"]] },
);

/** networking.istio.io WorkloadGroup: what WorkloadEntries that register themselves are made of. */
export const workloadGroupFields = object<WorkloadGroup>("what workloads that register themselves have in common", {
    metadata: object("for each WorkloadEntry", {
        labels: { ...labels("its labels"), max: 256 },
        annotations: map("its annotations", text("a value"), 256),
    }),
    template: required(object<WorkloadEntry>("for each WorkloadEntry", entry)),
    probe,
});
