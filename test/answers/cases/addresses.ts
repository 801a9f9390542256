/** Hosts that are addresses: how Gateways and VirtualServices may name them, and which requests they are met by. */
import { answering, askEach, GATEWAY_SELECTOR, httpServer, istioObject, type Topic } from "../support/case";

export const addresses: Topic = {
    name: "addresses",
    http2: ["clients", "backends"],
    cases: [
        {
            title: "addresses among a VirtualService's hosts",
            make: ({ ports }) => ({
                objects: [
                    istioObject("Gateway", "edge", { selector: GATEWAY_SELECTOR, servers: [httpServer(ports.http, ["*"])] }),
                    istioObject("VirtualService", "four", { hosts: ["192.0.2.1"], gateways: ["edge"], http: [answering("four")] }),
                    istioObject("VirtualService", "six", { hosts: ["2001:db8::1"], gateways: ["edge"], http: [answering("six")] }),
                    istioObject("VirtualService", "other", { hosts: ["2001:DB8:0::2"], gateways: ["edge"], http: [answering("other")] }),
                    istioObject("VirtualService", "rest", { hosts: ["*"], gateways: ["edge"], http: [answering("rest")] }),
                ],
                asks: askEach([
                    "192.0.2.1",
                    "192.0.2.1:8080",
                    "[2001:db8::1]",
                    "[2001:db8::1]:8080",
                    "[2001:DB8::1]",
                    "[2001:db8:0:0:0:0:0:1]",
                    "[2001:db8::2]",
                    "[2001:db8:0::2]",
                    "[2001:db8::3]",
                ]),
            }),
        },
        {
            title: "addresses in brackets among a VirtualService's hosts",
            make: ({ ports }) => ({
                objects: [
                    istioObject("Gateway", "edge", { selector: GATEWAY_SELECTOR, servers: [httpServer(ports.http, ["*"])] }),
                    istioObject("VirtualService", "six", { hosts: ["[2001:db8::1]"], gateways: ["edge"], http: [answering("six")] }),
                    istioObject("VirtualService", "rest", { hosts: ["*"], gateways: ["edge"], http: [answering("rest")] }),
                ],
                asks: askEach(["[2001:db8::1]", "[2001:db8::1]:8080"]),
            }),
        },
        {
            title: "addresses among a Gateway's hosts",
            make: ({ ports }) => ({
                objects: [
                    istioObject("Gateway", "edge", { selector: GATEWAY_SELECTOR, servers: [httpServer(ports.http, ["192.0.2.1"])] }),
                    istioObject("VirtualService", "four", { hosts: ["192.0.2.1"], gateways: ["edge"], http: [answering("four")] }),
                    istioObject("VirtualService", "any", { hosts: ["*"], gateways: ["edge"], http: [answering("any")] }),
                ],
                asks: askEach(["192.0.2.1", "192.0.2.1:8080", "192.0.2.2", "[::ffff:192.0.2.1]", "3221225985"]),
            }),
        },
    ],
};
