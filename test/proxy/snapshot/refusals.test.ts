/**
 * What binding refuses, validation refuses first: `analyze` says it before anything is rolled out, and a proxy keeps the
 * last good version. A new refusal of a binder fails here until a case shows the validation in front of it.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { randomBytes } from "node:crypto";
import path from "node:path";
import tls from "node:tls";
import fc from "fast-check";
import { describe, it } from "mocha";
import { validateObject, type KubeObject } from "../../../istio";
import { compile } from "../../../proxy/compiler";
import { diffTables, emptyTables } from "../../../proxy/tables";
import { bindSnapshot } from "../../../proxy/snapshot";
import { createUpstreamServices } from "../../../proxy/upstream";
import { bindTls } from "../../../proxy/tls/bind-chain";
import { makeAuthority } from "../../support/certificates";
import { root, sourcesBelow } from "../../support/checkout";

const BINDERS = [
    "proxy/snapshot",
    "proxy/net/networks.ts",
    "proxy/tls/bind-chain.ts",
    "proxy/tls/ciphers.ts",
    "proxy/upstream",
    "proxy/exchange/variables.ts",
    "proxy/tcp",
];
const GATEWAY: KubeObject = {
    apiVersion: "networking.istio.io/v1",
    kind: "Gateway",
    metadata: { name: "web", namespace: "istio-system" },
    spec: { selector: { app: "gw" }, servers: [{ port: { number: 80, name: "http", protocol: "HTTP" }, hosts: ["*"] }] },
} as never;
const TO_APP = { route: [{ destination: { host: "app" } }] };

function virtualService(rule: object): KubeObject {
    return {
        apiVersion: "networking.istio.io/v1",
        kind: "VirtualService",
        metadata: { name: "v", namespace: "istio-system" },
        spec: { hosts: ["a.test"], gateways: ["web"], http: [rule] },
    } as never;
}

/** What binding says of a rule that nobody has validated. */
function bindFaults(rule: object): string[] {
    const { tables } = compile({
        objects: [GATEWAY, virtualService(rule)].map((object) => ({ object })),
        namespace: "istio-system",
        now: 0,
    });
    const delta = diffTables(emptyTables(), tables, 1);
    return bindSnapshot(undefined, delta, createUpstreamServices()).faults.map(({ message }) => message);
}

function errorsOf(rule: object): string[] {
    return validateObject(virtualService(rule))
        .findings.filter(({ level }) => level === "Error")
        .map(({ field }) => field);
}

const LINE = "a\r\nb";
const BROKEN = "(";
/** By what a binder says: rules that make it say so. */
const CASES: Readonly<Record<string, Readonly<Record<string, object>>>> = {
    "the route has no destination": {
        "no weight": {
            route: [
                { destination: { host: "app" }, weight: 0 },
                { destination: { host: "b" }, weight: 0 },
            ],
        },
    },
    "header name … is not a token": {
        set: { ...TO_APP, headers: { request: { set: { "a b": "c" } } } },
        add: { ...TO_APP, headers: { response: { add: { ü: "c" } } } },
        "a destination's": { route: [{ destination: { host: "app" }, headers: { response: { set: { "a:b": "c" } } } }] },
    },
    "value of header … has a control character or a line break": {
        set: { ...TO_APP, headers: { request: { set: { a: LINE } } } },
        add: { directResponse: { status: 200 }, headers: { response: { add: { a: "\x7f" } } } },
        "a destination's": { route: [{ destination: { host: "app" }, headers: { request: { add: { a: "\0" } } } }] },
    },
    "authority … has a control character or a line break": {
        redirect: { redirect: { authority: LINE } },
        rewrite: { ...TO_APP, rewrite: { authority: "a\x01" } },
        "set host": { ...TO_APP, headers: { request: { set: { host: LINE } } } },
        "add :authority": { ...TO_APP, headers: { request: { add: { ":authority": LINE } } } },
        "a destination's": { route: [{ destination: { host: "app" }, headers: { request: { set: { Host: LINE } } } }] },
    },
    "path … has a control character or a line break": {
        "redirect.uri": { redirect: { uri: LINE } },
        "redirect.prefixRewrite": { redirect: { prefixRewrite: LINE } },
        "rewrite.uri": { ...TO_APP, rewrite: { uri: LINE } },
        uriRegexRewrite: { ...TO_APP, rewrite: { uriRegexRewrite: { match: "a", rewrite: LINE } } },
    },
    "path … has %00, which no path may have": {
        "rewrite.uri": { ...TO_APP, rewrite: { uri: "/a%00" } },
        uriRegexRewrite: { ...TO_APP, rewrite: { uriRegexRewrite: { match: "a", rewrite: "/%00" } } },
    },
    "corsPolicy: … has a control character or a line break": {
        allowHeaders: { ...TO_APP, corsPolicy: { allowHeaders: [LINE] } },
        exposeHeaders: { ...TO_APP, corsPolicy: { exposeHeaders: [LINE] } },
        allowMethods: { ...TO_APP, corsPolicy: { allowMethods: [LINE] } },
    },
};
/** A compiled table has no such thing: what is asked here is asked of a value that was made from it. */
const NEVER: Readonly<Record<string, string>> = {
    "… is no path": "targetText encodes or refuses whatever makes a path none",
    "… is no path template": "a policy with one that is none is not read, and lets nobody in",
    "…/… is no range of addresses": "a policy with one that is none is not read, and lets nobody in",
    "… is asked about and is not among the …": "tables have every entry that another one of them names",
};
/** Patterns, whose refusal is re2js's own. */
const PATTERNS: Readonly<Record<string, object>> = {
    ...Object.fromEntries(
        ["uri", "scheme", "method", "authority"].map((field) => [field, { match: [{ [field]: { regex: BROKEN } }], ...TO_APP }]),
    ),
    ...Object.fromEntries(
        ["headers", "withoutHeaders", "queryParams"].map((field) => [field, { match: [{ [field]: { x: { regex: BROKEN } } }], ...TO_APP }]),
    ),
    uriRegexRewrite: { ...TO_APP, rewrite: { uriRegexRewrite: { match: BROKEN, rewrite: "/" } } },
    allowOrigins: { ...TO_APP, corsPolicy: { allowOrigins: [{ regex: BROKEN }] } },
    "a range that bytes do not have": { match: [{ uri: { regex: "[\\x{100}-Ā]" } }], ...TO_APP },
};

/** `throw new Error(`…`)` with `…` for what is put in. */
function refusalsIn(file: string): string[] {
    const text = readFileSync(path.join(root, file), "utf8");
    return [...text.matchAll(/throw new \w+\((`(?:[^`\\]|\\.)*`|"(?:[^"\\]|\\.)*")/g)].map(([, literal = ""]) =>
        literal.slice(1, -1).replace(/\$\{(?:[^{}]|\{[^{}]*\})*\}/g, "…"),
    );
}

describe("a refusal of a binder", () => {
    it("is one of those whose validation is shown here", () => {
        const files = BINDERS.flatMap((one) => (one.endsWith(".ts") ? [one] : sourcesBelow(one)));
        const thrown = [...new Set(files.flatMap(refusalsIn))].sort();
        const counted = files.flatMap((file) => [
            ...readFileSync(path.join(root, file), "utf8").matchAll(/\bthrow\b(?! error;| new NoCertificates\()/g),
        ]).length;
        assert.equal(counted, files.flatMap(refusalsIn).length, "a refusal is written in a way that this test does not read");
        assert.deepEqual(thrown, [...Object.keys(CASES), ...Object.keys(NEVER)].sort());
    });

    for (const [said, rules] of Object.entries(CASES)) {
        for (const [where, rule] of Object.entries(rules)) {
            it(`is validation's first: ${said} (${where})`, () => {
                const pattern = new RegExp(
                    `^${said
                        .split("…")
                        .map((part) => part.replace(/[.*+?^${}()|[\]\\%]/g, "\\$&"))
                        .join("[^]*")}$`,
                );
                const faults = bindFaults(rule);
                assert.ok(faults.length > 0 && faults.every((fault) => pattern.test(fault)), `binding says ${JSON.stringify(faults)}`);
                assert.notDeepEqual(errorsOf(rule), []);
            });
        }
    }

    for (const [where, rule] of Object.entries(PATTERNS)) {
        it(`is validation's first: a pattern (${where})`, () => {
            assert.equal(bindFaults(rule).length, 1);
            assert.notDeepEqual(errorsOf(rule), []);
        });
    }

    it("is never met by a rule that is valid, whatever its texts", () => {
        const piece = fc.constantFrom(
            "a",
            "/",
            "%",
            "%41",
            "%00",
            "%zz",
            " ",
            "\t",
            "\n",
            "\0",
            "\x7f",
            "ü",
            "€",
            "\u{1f600}",
            "\ud800",
            "\\",
            "\\1",
            "(",
            "[",
            ".*",
            "..",
            "#",
            "?",
            "{",
            ":",
            "@",
            "%REQ(a)%",
            "%%",
            "*",
        );
        const text = fc
            .array(fc.oneof({ weight: 3, arbitrary: fc.constantFrom("a", "/b", "ü", " ", "%%") }, { weight: 1, arbitrary: piece }), {
                minLength: 1,
                maxLength: 4,
            })
            .map((parts) => parts.join(""));
        const match = fc.oneof(fc.record({ exact: text }), fc.record({ prefix: text }), fc.record({ regex: text }), fc.constant({}));
        const named = fc.dictionary(fc.oneof(fc.constant("x-a"), text), match, { maxKeys: 2 });
        const ops = fc.record({
            set: fc.dictionary(fc.oneof(fc.constantFrom("x-a", "host"), text), text, { maxKeys: 2 }),
            add: fc.dictionary(fc.constantFrom("x-b", ":authority"), text, { maxKeys: 1 }),
        });
        const headers = fc.record({ request: ops, response: ops }, { requiredKeys: [] });
        const block = fc.record(
            {
                uri: match,
                scheme: match,
                method: match,
                authority: match,
                headers: named,
                withoutHeaders: named,
                queryParams: named,
                ignoreUriCase: fc.boolean(),
            },
            { requiredKeys: [] },
        );
        const action = fc.oneof(
            fc.record({ redirect: fc.record({ uri: text, authority: text }) }),
            fc.record({ redirect: fc.record({ prefixRewrite: text }) }),
            fc.record({
                route: fc.constant(TO_APP.route),
                rewrite: fc.oneof(
                    fc.record({ uri: text, authority: text }),
                    fc.record({ uriRegexRewrite: fc.record({ match: text, rewrite: text }) }),
                ),
            }),
            fc.record({ route: fc.tuple(fc.record({ destination: fc.constant({ host: "app" }), headers })) }),
            fc.record({ directResponse: fc.record({ status: fc.constant(200), body: fc.record({ string: text }) }) }),
            fc.record({
                route: fc.constant(TO_APP.route),
                corsPolicy: fc.record(
                    { allowOrigins: fc.tuple(match), allowHeaders: fc.tuple(text), exposeHeaders: fc.tuple(text) },
                    { requiredKeys: [] },
                ),
            }),
        );
        const rule = fc
            .tuple(action, fc.record({ match: fc.array(block, { minLength: 1, maxLength: 1 }), headers, name: text }, { requiredKeys: [] }))
            .map(([a, b]) => ({ ...b, ...a }));
        let valid = 0;
        fc.assert(
            fc.property(rule, (one) => {
                if (errorsOf(one).length > 0) return;
                valid++;
                assert.deepEqual(bindFaults(one), []);
            }),
            { numRuns: 1500 },
        );
        assert.ok(valid > 100, `only ${valid} rules were valid`);
    });

    it("is not OpenSSL's of a server's versions and ciphers that are valid, where its certificate can be used", async () => {
        const { cert, key } = await (await makeAuthority()).issue({ dns: ["a.test"] });
        const versions = ["TLS_AUTO", "TLSV1_0", "TLSV1_1", "TLSV1_2", "TLSV1_3"];
        const suites = [
            [],
            ["NONSENSE"],
            ["TLS_AES_128_GCM_SHA256"],
            ["ecdhe-rsa-aes128-gcm-sha256"],
            ...tls.getCiphers().map((one) => [one.toUpperCase()]),
            ["@SECLEVEL=5"],
            ["ALL"],
            ["-ALL"],
            ["A:B"],
        ];
        const settings = [
            ...versions.flatMap((min) =>
                versions.map((max) => ({
                    minProtocolVersion: min,
                    maxProtocolVersion: max,
                    cipherSuites: ["ECDHE-ECDSA-AES128-GCM-SHA256"],
                })),
            ),
            ...suites.map((cipherSuites) => ({ cipherSuites })),
        ];
        let valid = 0;
        for (const one of settings) {
            const server = {
                port: { number: 443, name: "https", protocol: "HTTPS" },
                hosts: ["a.test"],
                tls: { mode: "SIMPLE", credentialName: "c", ...one },
            };
            const gateway = { ...GATEWAY, spec: { selector: { app: "gw" }, servers: [server] } } as KubeObject;
            if (validateObject(gateway).findings.some(({ level }) => level === "Error")) continue;
            valid++;
            const secret = {
                apiVersion: "v1",
                kind: "Secret",
                metadata: { name: "c", namespace: "istio-system" },
                data: { "tls.crt": Buffer.from(cert).toString("base64"), "tls.key": Buffer.from(key).toString("base64") },
            } as KubeObject;
            const { tables } = compile({
                objects: [gateway, secret].map((object) => ({ object })),
                namespace: "istio-system",
                now: Date.now(),
            });
            const [chain] = tables.chains.values();
            assert.ok(chain?.tls && chain.tls.mode !== "PASSTHROUGH");
            const { problem, server: bound } = bindTls(
                chain,
                chain.tls,
                tables.secrets,
                {
                    tickets: { keys: randomBytes(48) },
                    events: { secure: () => undefined, refused: () => undefined, unusable: () => undefined },
                },
                undefined,
            );
            bound?.forget();
            assert.equal(problem, "", JSON.stringify(one));
        }
        assert.ok(valid > 20, `only ${valid} were valid`);
    });
});
