import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { validateObject } from "../../../istio";
import { ERROR_PAGES_ANNOTATION, readErrorPages } from "../../../istio/semantics";

const html = "<h1>{{status}} {{ reason }}</h1>";

function faultOf(value: unknown): string {
    const read = readErrorPages(typeof value === "string" ? value : JSON.stringify(value));
    return "fault" in read ? read.fault : "";
}

describe("the annotation of error pages", () => {
    it("is read by statuses, classes and ranges", () => {
        assert.deepEqual(readErrorPages(JSON.stringify([{ statuses: ["404", "5xx", "500-504", 429], html }])), {
            pages: [
                {
                    statuses: [
                        [404, 404],
                        [500, 599],
                        [500, 504],
                        [429, 429],
                    ],
                    of: "gateway",
                    html,
                },
            ],
        });
        const all = { statuses: ["4XX"], of: "all", json: '{"status":{{status}},"id":"{{requestId}}"}', text: "{{host}}\n" };
        assert.deepEqual(readErrorPages(JSON.stringify([all])), { pages: [{ ...all, statuses: [[400, 499]] }] });
    });

    it("leaves braces alone that are no value's", () => {
        for (const text of ["a { b: c }", "{{", "{{}}", "{{#each x}}", "{ {status} }", "${x}"])
            assert.equal(faultOf([{ statuses: ["404"], text }]), "", text);
    });

    it("says what is wrong with it", () => {
        const page = (more: object): unknown => [{ statuses: ["404"], text: "x", ...more }];
        const rows: [value: unknown, fault: string][] = [
            ["[", "it is no JSON"],
            [{}, "wanted a list of pages"],
            [[], "wanted a list of pages"],
            [Array.from({ length: 101 }, () => ({ statuses: ["404"], text: "x" })), "has 101 pages, wanted at most 100"],
            [["x"], "[0]: wanted an object"],
            [[{ statuses: ["404"] }], "[0]: has no page, wanted one or more of html, json and text"],
            [page({ pages: 1 }), '[0]: has no field "pages"'],
            [page({ of: "backend" }), '[0].of: got "backend", wanted "gateway" or "all"'],
            [page({ statuses: "404" }), '[0].statuses: wanted a list as in ["404", "5xx", "500-504"]'],
            [page({ statuses: [] }), '[0].statuses: wanted a list as in ["404", "5xx", "500-504"]'],
            ...["200", "3xx", "302", "600", "504-500", "500-", "5x", "", null, "399-404"].map((status): [unknown, string] => [
                page({ statuses: ["404", status] }),
                `[0].statuses[1]: got ${JSON.stringify(status)}, wanted a status of 400 to 599, or a range as in "5xx" or "500-504"`,
            ]),
            [page({ html: "" }), "[0].html: wanted the page's text"],
            [page({ html: 7 }), "[0].html: wanted the page's text"],
            [page({ html: "é".repeat(32_769) }), "[0].html: has 65538 bytes, wanted at most 65536"],
            [page({ html: "{{path}}" }), "[0].html: there is no {{path}}, wanted one of {{status}}, {{reason}}, {{requestId}}, {{host}}"],
            [page({ text: "{{host}}".repeat(65) }), "[0].text: has 65 values to put in, wanted at most 64"],
            [page({ json: "{status}" }), "[0].json: is no JSON; values but {{status}} stand within quotes"],
            [page({ json: '{"host":{{host}}}' }), "[0].json: is no JSON; values but {{status}} stand within quotes"],
            [
                Array.from({ length: 4 }, () => ({ statuses: ["404"], text: "x".repeat(60_000) })),
                "its pages have 240000 bytes in all, wanted at most 196608",
            ],
        ];
        for (const [value, fault] of rows) assert.equal(faultOf(value), fault);
    });

    it("is a warning where it can't be read, and where it is not looked for", () => {
        const told = (kind: string, apiVersion: string, text: string, spec: object): string[] =>
            validateObject({
                apiVersion,
                kind,
                metadata: { name: "x", namespace: "ns", annotations: { [ERROR_PAGES_ANNOTATION]: text } },
                spec,
            }).findings.map(({ code, level, field, message }) => `${code} ${level} ${field ?? ""} ${message}`);
        const good = '[{"statuses":["404"],"text":"x"}]';
        const route = { http: [{ route: [{ destination: { host: "a" } }] }] };
        const ports = { ports: [{ port: 80 }] };
        const istio = "networking.istio.io/v1";
        assert.deepEqual(told("VirtualService", istio, good, { hosts: ["a.test"], gateways: ["g"], ...route }), []);
        assert.deepEqual(told("Service", "v1", good, ports), []);
        for (const [kind, version, spec] of [
            ["VirtualService", istio, { hosts: ["a.test"], gateways: ["g"], ...route }],
            ["Service", "v1", ports],
        ] as const)
            assert.match(
                told(kind, version, "{", spec).join("\n"),
                /^GH0128 Warning metadata\.annotations\["gatehouse\.dev\/error-pages"\] .*plain answers stay: it is no JSON/,
            );
        assert.match(
            told("VirtualService", istio, good, route).join("\n"),
            /GH0111 Warning .* is not read of a VirtualService without hosts/,
        );
        assert.match(
            told("Gateway", istio, good, {
                servers: [{ port: { number: 80, name: "http", protocol: "HTTP" }, hosts: ["*"] }],
                selector: { a: "b" },
            }).join("\n"),
            /GH0111 Warning .* a Gateway has no such annotation/,
        );
    });
});
