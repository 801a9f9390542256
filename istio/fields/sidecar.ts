import type { Sidecar } from "../types";
import { connectionPool, destination, namedPort, podSelector, serverTls } from "./common";
import { list, notServed, object, required, text, words, type TextField } from "./field";

const FOR_SIDECARS = "it is for mesh sidecars; the bundled proxy is outside the mesh";
const captureMode = (): TextField => words("how traffic reaches the listener", ["DEFAULT", "IPTABLES", "NONE"]);

/** networking.istio.io Sidecar: rendered for a mesh, read for its limits only. */
export const sidecarFields = object<Sidecar>("what a mesh sidecar sees", {
    workloadSelector: notServed(FOR_SIDECARS, podSelector("pods it is for", "labels", 256)),
    ingress: notServed(
        FOR_SIDECARS,
        list(
            "ports it takes in",
            object("a listener", {
                port: required(namedPort("the port", false)),
                bind: text("the address to listen on"),
                captureMode: captureMode(),
                defaultEndpoint: text("where it forwards to"),
                tls: serverTls("how TLS is done"),
                connectionPool: connectionPool("limits"),
            }),
        ),
    ),
    egress: notServed(
        FOR_SIDECARS,
        list(
            "what it may reach",
            object("a listener", {
                port: namedPort("the port", false),
                bind: text("the address to listen on"),
                captureMode: captureMode(),
                hosts: required(list("hosts, as `namespace/name`", text("a host"))),
            }),
        ),
    ),
    inboundConnectionPool: notServed(FOR_SIDECARS, connectionPool("limits of what it takes in")),
    outboundTrafficPolicy: notServed(
        FOR_SIDECARS,
        object("what happens to unknown destinations", {
            mode: words("ALLOW_ANY lets them through", ["REGISTRY_ONLY", "ALLOW_ANY"]),
            egressProxy: destination("where they are sent instead"),
        }),
    ),
});
