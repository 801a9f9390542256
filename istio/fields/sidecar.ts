import type { Sidecar } from "../types";
import { connectionPool, destination, namedPort, podSelector, serverTls } from "./common";
import { list, notServed, object, required, text, words, type TextField } from "./field";

const TAKES_NOTHING_IN = "the bundled proxy takes nothing in for an application";
const captureMode = (): TextField => words("how traffic reaches the listener", ["DEFAULT", "IPTABLES", "NONE"]);

/** networking.istio.io Sidecar: what an application may see and reach. */
export const sidecarFields = object<Sidecar>("what a mesh sidecar sees", {
    workloadSelector: podSelector("pods it is for; a gateway heeds one that selects it", "labels", 256),
    ingress: notServed(
        TAKES_NOTHING_IN,
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
    egress: list(
        "what it may reach",
        object("a listener", {
            port: namedPort("the port; without one it is for all ports that no listener before it has", false),
            bind: text("the address to listen on"),
            captureMode: captureMode(),
            hosts: required(list("hosts, as `namespace/name`", text("a host"))),
        }),
    ),
    inboundConnectionPool: notServed(TAKES_NOTHING_IN, connectionPool("limits of what it takes in")),
    outboundTrafficPolicy: object("what happens to unknown destinations", {
        mode: words("ALLOW_ANY lets them through", ["REGISTRY_ONLY", "ALLOW_ANY"]),
        egressProxy: destination("where they are sent instead"),
    }),
});
