/** How istiod reads the names of Gateways and hosts, and who sees what: our `istio/semantics/` is held to it. */
import type { KubeObject } from "../../../istio";
import { answering, askEach, GATEWAY_SELECTOR, httpServer, istioObject, type Topic } from "../support/case";

/** Each way to name a Gateway `shop/edge`, and from where. */
const NAMES: readonly (readonly [name: string, namespace: string])[] = [
    ["edge", "shop"],
    ["./edge", "shop"],
    ["shop/edge", "team"],
    ["edge.shop", "team"],
    ["edge.shop.svc", "team"],
    ["edge.shop.svc.cluster.local", "team"],
    ["edge.shop.example.com", "team"],
    ["edge", "team"],
    ["./edge", "team"],
    ["edge.team.svc.cluster.local", "shop"],
];

/** Each export, and from where; the pods are in `istio-system`. */
const EXPORTS: readonly (readonly [exportTo: readonly string[], namespace: string])[] = [
    [["*"], "shop"],
    [["."], "shop"],
    [["istio-system"], "shop"],
    [["shop"], "shop"],
    [["."], "istio-system"],
    [["team", "istio-system"], "shop"],
];

/** A delegate's namespace and export, its root in `shop`. */
const DELEGATES: readonly (readonly [namespace: string, exportTo: readonly string[]])[] = [
    ["shop", []],
    ["team", []],
    ["team", ["shop"]],
    ["team", ["."]],
    ["shop", ["."]],
    ["shop", ["istio-system"]],
];

const CASE =
    "Host names have no case (RFC 4343): a VirtualService meets its Gateway's host however either is written. istiod compares them letter by letter and the request goes to a wider route.";

const LEFT =
    "A rule that cannot be served answers its own requests with 500, named in the findings, so that no rule behind it takes them. istiod leaves it out without a word.";

export const names: Topic = {
    name: "names",
    http2: ["clients", "backends"],
    cases: [
        {
            title: "the names of a Gateway",
            make: ({ ports }) => ({
                objects: [
                    istioObject(
                        "Gateway",
                        "edge",
                        { selector: GATEWAY_SELECTOR, servers: [httpServer(ports.http, ["*"])] },
                        { namespace: "shop" },
                    ),
                    ...NAMES.map(
                        ([name, namespace], at): KubeObject =>
                            istioObject(
                                "VirtualService",
                                `n${at}`,
                                { hosts: [`n${at}.test`], gateways: [name], http: [answering(name)] },
                                { namespace },
                            ),
                    ),
                ],
                asks: askEach(NAMES.map((_, at) => `n${at}.test`)),
            }),
        },
        {
            title: "who sees a VirtualService",
            make: ({ ports }) => ({
                objects: [
                    istioObject(
                        "Gateway",
                        "edge",
                        { selector: GATEWAY_SELECTOR, servers: [httpServer(ports.http, ["*"])] },
                        { namespace: "shop" },
                    ),
                    ...EXPORTS.map(
                        ([exportTo, namespace], at): KubeObject =>
                            istioObject(
                                "VirtualService",
                                `e${at}`,
                                { hosts: [`e${at}.test`], gateways: ["shop/edge"], exportTo, http: [answering(exportTo.join())] },
                                { namespace },
                            ),
                    ),
                ],
                asks: askEach(EXPORTS.map((_, at) => `e${at}.test`)),
            }),
        },
        {
            title: "who may delegate to a VirtualService",
            differences: { "d3.test": { ours: { status: 500 }, why: LEFT }, "d5.test": { ours: { status: 500 }, why: LEFT } },
            make: ({ ports }) => ({
                objects: [
                    istioObject(
                        "Gateway",
                        "edge",
                        { selector: GATEWAY_SELECTOR, servers: [httpServer(ports.http, ["*"])] },
                        { namespace: "shop" },
                    ),
                    ...DELEGATES.flatMap(([namespace, exportTo], at): KubeObject[] => [
                        istioObject(
                            "VirtualService",
                            `d${at}`,
                            { hosts: [`d${at}.test`], gateways: ["edge"], http: [{ delegate: { name: `part${at}`, namespace } }] },
                            { namespace: "shop" },
                        ),
                        istioObject(
                            "VirtualService",
                            `part${at}`,
                            { ...(exportTo.length === 0 ? {} : { exportTo }), http: [answering(namespace)] },
                            { namespace },
                        ),
                    ]),
                ],
                asks: askEach(DELEGATES.map((_, at) => `d${at}.test`)),
            }),
        },
        {
            title: "where hosts meet",
            differences: { "upper.test": { ours: { body: "team" }, why: CASE }, "lower.test": { ours: { body: "team" }, why: CASE } },
            make: ({ ports }) => ({
                objects: [
                    istioObject(
                        "Gateway",
                        "edge",
                        {
                            selector: GATEWAY_SELECTOR,
                            servers: [
                                httpServer(ports.http, [
                                    "*.wide.test",
                                    "exact.test",
                                    "Upper.test",
                                    "lower.test",
                                    "./own.test",
                                    "team/theirs.test",
                                    "*/any.test",
                                    "web.team.svc.cluster.local",
                                ]),
                            ],
                        },
                        { namespace: "shop" },
                    ),
                    istioObject(
                        "VirtualService",
                        "team",
                        {
                            hosts: ["a.b.wide.test", "wide.test", "own.test", "theirs.test", "any.test", "web", "upper.test", "LOWER.test"],
                            gateways: ["shop/edge"],
                            http: [answering("team")],
                        },
                        { namespace: "team" },
                    ),
                    istioObject(
                        "VirtualService",
                        "wide",
                        { hosts: ["*.test"], gateways: ["shop/edge"], http: [answering("wide")] },
                        { namespace: "team" },
                    ),
                    istioObject(
                        "VirtualService",
                        "shop",
                        { hosts: ["*.shop.wide.test"], gateways: ["edge"], http: [answering("shop")] },
                        { namespace: "shop" },
                    ),
                ],
                asks: askEach([
                    "a.b.wide.test",
                    "wide.test",
                    "x.wide.test",
                    "exact.test",
                    "own.test",
                    "theirs.test",
                    "any.test",
                    "web.team.svc.cluster.local",
                    "web",
                    "a.shop.wide.test",
                    "other.test",
                    "upper.test",
                    "lower.test",
                ]),
            }),
        },
    ],
};
