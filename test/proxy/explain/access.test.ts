/** What `explain` says of who may pass: each policy and rule in Istio's order, by which fields, and never a secret. */
import assert from "node:assert/strict";
import { createSign, generateKeyPairSync } from "node:crypto";
import fc from "fast-check";
import { describe, it } from "mocha";
import type { KubeObject } from "../../../istio";
import { compile } from "../../../proxy/compiler";
import { explain, parseQuestion, type Explanation, type QuestionOptions } from "../../../proxy/explain";
import type { Tables } from "../../../proxy/tables";
import { makeSelfSigned } from "../../support/certificates";

const BASE = [
    {
        apiVersion: "networking.istio.io/v1",
        kind: "Gateway",
        metadata: { name: "web", namespace: "ns" },
        spec: {
            selector: { istio: "edge" },
            servers: [
                { port: { number: 80, name: "http", protocol: "HTTP" }, hosts: ["*.test"] },
                { port: { number: 9000, name: "tcp", protocol: "TCP" }, hosts: ["*"] },
            ],
        },
    },
    {
        apiVersion: "networking.istio.io/v1",
        kind: "VirtualService",
        metadata: { name: "web", namespace: "ns" },
        spec: { hosts: ["*.test"], gateways: ["web"], http: [{ directResponse: { status: 200 } }] },
    },
    {
        apiVersion: "networking.istio.io/v1",
        kind: "VirtualService",
        metadata: { name: "bytes", namespace: "ns" },
        spec: { hosts: ["*"], gateways: ["web"], tcp: [{ match: [{ port: 9000 }], route: [{ destination: { host: "db.test" } }] }] },
    },
    {
        apiVersion: "networking.istio.io/v1",
        kind: "ServiceEntry",
        metadata: { name: "db", namespace: "ns" },
        spec: {
            hosts: ["db.test"],
            resolution: "STATIC",
            ports: [{ number: 9000, name: "tcp", protocol: "TCP" }],
            endpoints: [{ address: "127.0.0.1" }],
        },
    },
];

interface PolicyText {
    readonly name: string;
    readonly kind?: string;
    readonly dryRun?: boolean;
    readonly spec: object;
}

function tablesOf(policies: readonly PolicyText[], more: readonly object[] = []): Tables {
    const objects = [
        ...BASE,
        ...more,
        ...policies.map(({ name, kind = "AuthorizationPolicy", dryRun = false, spec }) => ({
            apiVersion: "security.istio.io/v1",
            kind,
            metadata: { name, namespace: "ns", ...(dryRun ? { annotations: { "istio.io/dry-run": "true" } } : {}) },
            spec,
        })),
    ];
    return compile({
        objects: objects.map((object) => ({ object: object as unknown as KubeObject })),
        namespace: "ns",
        labels: { istio: "edge" },
        now: Date.now(),
    }).tables;
}

function ask(policies: readonly PolicyText[], url = "http://a.test/", options: QuestionOptions = {}): Explanation {
    return explain(parseQuestion(url, options), tablesOf(policies));
}
const texts = ({ steps }: Explanation): string[] =>
    steps.filter(({ step }) => ["authentication", "external", "authorization"].includes(step)).map(({ text }) => text);

const deny = (name: string, ...rules: object[]): PolicyText => ({ name, spec: { action: "DENY", rules } });
const allow = (name: string, ...rules: object[]): PolicyText => ({ name, spec: { action: "ALLOW", rules } });
const to = (operation: object): object => ({ to: [{ operation }] });

describe("who may pass, explained", () => {
    it("is null where nobody is asked", () => {
        assert.equal(ask([]).access, null);
    });

    it("goes through policies and rules in Istio's order, with the fields by which they match or do not", () => {
        const explanation = ask(
            [
                allow("z", to({ methods: ["GET"], paths: ["/public/*"] }), {
                    ...to({ paths: ["/a*"] }),
                    from: [{ source: { ipBlocks: ["10.0.0.0/8"] } }],
                }),
                deny("b", to({ paths: ["/admin*", "*.bak"] }), to({ methods: ["DELETE"] })),
                { name: "seen", spec: { action: "AUDIT", rules: [{}] } },
            ],
            "http://a.test/a/b",
            { clientAddress: "10.1.2.3" },
        );
        assert.deepEqual(
            [explanation.status, explanation.access?.decision, explanation.access?.policy, explanation.access?.rule],
            [200, "allowed", "ns/z", "spec.rules[1]"],
        );
        assert.deepEqual(texts(explanation), [
            "AUDIT ns/seen matches",
            "spec.rules[0] matches: it asks for nothing",
            "DENY ns/b does not match",
            'spec.rules[0] does not match: to[0].operation.paths wants "/admin*" or "*.bak"; it is /a/b',
            'spec.rules[1] does not match: to[0].operation.methods wants "DELETE"; it is GET',
            "ALLOW ns/z matches",
            'spec.rules[0] does not match: to[0].operation.paths wants "/public/*"; it is /a/b',
            'spec.rules[1] matches: from[0].source.ipBlocks wants 10.0.0.0/8; it is 10.1.2.3; to[0].operation.paths wants "/a*"; it is /a/b',
        ]);
        assert.ok(explanation.steps.some(({ text }) => text === "the connection comes from 10.1.2.3"));
    });

    it("ends with the policy that denies: what would come later is not asked", () => {
        const explanation = ask([allow("ok", {}), deny("a", to({ paths: ["/x"] })), deny("b", to({ paths: ["/x"] }))], "http://a.test/x");
        assert.deepEqual(
            [
                explanation.action,
                explanation.status,
                explanation.route,
                explanation.access?.decision,
                explanation.access?.policy,
                explanation.access?.rule,
            ],
            ["reply", 403, null, "denied", "ns/a", "spec.rules[0]"],
        );
        assert.deepEqual(
            explanation.access?.policies.map(({ policy, matched }) => [policy, matched]),
            [
                ["ns/a", true],
                ["ns/b", null],
                ["ns/ok", null],
            ],
        );
        assert.match(
            explanation.steps.at(-1)?.text ?? "",
            /the gateway answers 403 \(rbac_access_denied_matched_policy\[ns\[ns\]-policy\[a\]-rule\[0\]\]\)/,
        );
    });

    it("says that no ALLOW policy matches, also of one without rules", () => {
        for (const policy of [allow("none"), allow("other", to({ hosts: ["b.test"] }))]) {
            const { status, access, steps } = ask([policy]);
            assert.deepEqual([status, access?.decision, access?.policy], [403, "denied", null]);
            assert.ok(steps.some(({ text }) => text === "no ALLOW policy matches: the request is denied"));
        }
        assert.ok(texts(ask([allow("none")])).includes("ALLOW ns/none matches nothing: it has no rule"));
    });

    it("says of a dry run what it would do, and does nothing", () => {
        const explanation = ask([{ ...deny("dry", {}), dryRun: true }]);
        assert.equal(explanation.status, 200);
        assert.ok(texts(explanation).includes("DENY ns/dry matches; it is a dry run, and changes nothing"));
    });

    it("shows no header's value that may be a password, neither the rule's nor the request's, nor a token", () => {
        const policy = deny("key", {
            when: [
                { key: "request.headers[x-api-key]", notValues: ["hunter2"] },
                { key: "request.headers[user-agent]", values: ["curl*"] },
            ],
        });
        const wrong = ask([policy], "http://a.test/", { headers: ["x-api-key: swordfish", "user-agent: curl/8"] });
        assert.equal(wrong.status, 403);
        assert.ok(
            texts(wrong).includes(
                'spec.rules[0] matches: when[0] (request.headers[x-api-key]) wants none of what is not shown; that holds; when[1] (request.headers[user-agent]) wants "curl*"; it is curl/8',
            ),
            texts(wrong).join("\n"),
        );
        const right = ask([policy], "http://a.test/", { headers: ["x-api-key: hunter2", "user-agent: curl/8"] });
        assert.equal(right.status, 200);
        for (const one of [wrong, right]) assert.doesNotMatch(JSON.stringify(one), /hunter2|swordfish/);
        assert.match(
            texts(ask([policy])).join(),
            /x-api-key\]\) wants none of what is not shown; there is none|user-agent\]\) wants "curl\*"; there is none/,
        );
    });

    it("knows the names in a client's certificate, and that there is one", () => {
        const objects = [deny("mesh", { from: [{ source: { notPrincipals: ["cluster.local/ns/shop/sa/*"] } }] })];
        const plain = ask(objects, "http://a.test/", { clientPrincipals: ["cluster.local/ns/shop/sa/web"] });
        // Nobody shows a certificate to a port that speaks no TLS.
        assert.equal(plain.status, 403);
        assert.match(texts(plain).join("\n"), /from\[0\]\.source\.notPrincipals wants none of .*; there is none/);
    });

    it("sees them where a server asks for a certificate, and one without any where it needs one", async () => {
        const pair = await makeSelfSigned({ dns: ["a.test"] });
        const mutual = (mode: string): object[] => [
            {
                apiVersion: "networking.istio.io/v1",
                kind: "Gateway",
                metadata: { name: "secure", namespace: "ns" },
                spec: {
                    selector: { istio: "edge" },
                    servers: [
                        { port: { number: 443, name: "https", protocol: "HTTPS" }, hosts: ["*.test"], tls: { mode, credentialName: "c" } },
                    ],
                },
            },
            {
                apiVersion: "networking.istio.io/v1",
                kind: "VirtualService",
                metadata: { name: "secure", namespace: "ns" },
                spec: { hosts: ["*.test"], gateways: ["secure"], http: [{ directResponse: { status: 200 } }] },
            },
            {
                apiVersion: "v1",
                kind: "Secret",
                metadata: { name: "c", namespace: "ns" },
                data: Object.fromEntries(
                    [
                        ["tls.crt", pair.cert],
                        ["tls.key", pair.key],
                        ["ca.crt", pair.cert],
                    ].map(([name, text]) => [name, Buffer.from(text!).toString("base64")]),
                ),
            },
        ];
        const status = (mode: string, principal: string, clientPrincipals?: string[]): number | null =>
            explain(
                parseQuestion("https://a.test/", clientPrincipals ? { clientPrincipals } : {}),
                tablesOf([deny("mesh", { from: [{ source: { notPrincipals: [principal] } }] })], mutual(mode)),
            ).status;
        const web = "cluster.local/ns/shop/sa/web";
        assert.equal(status("MUTUAL", "cluster.local/ns/shop/*", [web]), 200);
        assert.equal(status("MUTUAL", "cluster.local/ns/other/*", [web]), 403);
        assert.equal(status("MUTUAL", "*"), 200);
        assert.equal(status("OPTIONAL_MUTUAL", "*"), 403);
        assert.equal(status("OPTIONAL_MUTUAL", "*", [web]), 200);
        assert.equal(status("SIMPLE", "*", [web]), 403);
    });

    it("of a connection that is passed on says whether it is closed, by which rule", () => {
        const policies = [
            deny("db", { ...to({ ports: ["9000"], methods: ["GET"] }), from: [{ source: { ipBlocks: ["203.0.113.0/24"] } }] }),
        ];
        const closed = ask(policies, "tcp://a.test:9000", { clientAddress: "203.0.113.7" });
        assert.deepEqual(
            [closed.action, closed.access?.decision, closed.access?.rule, closed.destination],
            ["refuse", "denied", "spec.rules[0]", null],
        );
        assert.match(
            texts(closed).join("\n"),
            /DENY ns\/db matches\nspec\.rules\[0\] matches: from\[0\]\.source\.ipBlocks wants 203\.0\.113\.0\/24; it is 203\.0\.113\.7/,
        );
        assert.equal(closed.steps.at(-1)?.text, "the connection is closed");
        const open = ask(policies, "tcp://a.test:9000", { clientAddress: "192.0.2.7" });
        assert.deepEqual([open.action, open.access?.decision], ["tcp", "allowed"]);
        assert.equal(ask([allow("http-only", to({ methods: ["GET"] }))], "tcp://a.test:9000").action, "refuse");
    });

    describe("where somebody else decides", () => {
        const custom = (provider: string, ...rules: object[]): PolicyText => ({
            name: "custom",
            spec: { action: "CUSTOM", provider: { name: provider }, rules },
        });
        const providers = (mesh: string, metadata: object = { name: "istio", namespace: "istio-system" }): object => ({
            apiVersion: "v1",
            kind: "ConfigMap",
            metadata,
            data: { mesh },
        });
        const login = providers(`extensionProviders:
  - name: login
    envoyExtAuthzHttp: { service: db.test, port: 9000, pathPrefix: /check, includeRequestHeadersInCheck: [cookie], headersToUpstreamOnAllow: [x-user], timeout: 2s }
`);
        const asked = (
            policies: readonly PolicyText[],
            more: readonly object[],
            url = "http://a.test/x?y=1",
            options: QuestionOptions = {},
        ): Explanation => explain(parseQuestion(url, options), tablesOf(policies, more));

        it("says the same of who is asked over gRPC", () => {
            const given = providers(`extensionProviders:
  - name: login
    envoyExtAuthzGrpc: { service: db.test, port: 9000, timeout: 2s, failOpen: true }
`);
            const explanation = asked([custom("login", {})], [given]);
            const [one] = explanation.access?.providers ?? [];
            assert.deepEqual(
                [explanation.access?.decision, one?.url],
                ["asked", "grpc://db.test:9000/envoy.service.auth.v3.Authorization/Check"],
            );
            assert.deepEqual(one?.outcomes, [
                "if it answers with status 0 the request goes on as said below, with the headers and parameters that it sets",
                "any other status goes to the client as 403, or with the status, headers and body that it says",
                "without an answer within 2000 ms the request goes on",
            ]);
        });

        it("says who is asked, where and with which headers, and goes on as if it were let in", () => {
            const explanation = asked(
                [custom("login", to({ notPaths: ["/open"] })), deny("later", to({ paths: ["/never"] }))],
                [login],
                undefined,
                { headers: ["cookie: session=hunter2"] },
            );
            assert.deepEqual([explanation.status, explanation.access?.decision], [200, "asked"]);
            const [one] = explanation.access?.providers ?? [];
            assert.deepEqual(
                [one?.name, one?.policy, one?.url, one?.headers],
                ["login", "ns/custom", "http://db.test:9000/check/x?y=1", ["authorization", "cookie"]],
            );
            assert.deepEqual(one?.outcomes, [
                "if it answers 200 the request goes on as said below, with its x-user",
                "any other answer goes to the client, with all of its headers",
                "without an answer within 2000 ms the client gets 403",
            ]);
            assert.ok(texts(explanation).includes("DENY ns/later does not match"));
            assert.doesNotMatch(JSON.stringify(explanation), /hunter2/);
            const open = asked([custom("login", to({ notPaths: ["/open"] }))], [login], "http://a.test/open");
            assert.deepEqual([open.status, open.access?.decision, open.access?.providers], [200, "allowed", []]);
        });

        it("is denied where what comes behind denies whatever is said", () => {
            const { access, status } = asked([custom("login", {}), deny("later", {})], [login]);
            assert.deepEqual([status, access?.decision, access?.policy], [403, "denied", "ns/later"]);
        });

        it("is denied by the policy whose provider is not there, and what comes behind is not asked", () => {
            const { access, status, steps } = asked([custom("nobody", {}), allow("all", {})], [login]);
            assert.deepEqual([status, access?.decision, access?.policy], [403, "denied", "ns/custom"]);
            assert.deepEqual(
                access?.policies.map(({ matched }) => matched),
                [true, null],
            );
            assert.ok(steps.some(({ step, text }) => step === "external" && /the request is denied/.test(text)));
        });

        it("wants a name and a password where they are what decides, and shows nobody's", () => {
            const hash = "$2y$10$JCrQ0WIEF.vFeXvjzQp2d.kvJ9rGK2dNYmOBNnzmXgwaf4SRXjN8m";
            const objects = [
                providers("extensionProviders: [{ name: staff, gatehouseBasicAuth: { secretName: staff, realm: the office } }]", {
                    name: "own",
                    namespace: "ns",
                    labels: { "gatehouse.dev/mesh-config": "true" },
                }),
                {
                    apiVersion: "v1",
                    kind: "Secret",
                    metadata: { name: "staff", namespace: "ns" },
                    data: { auth: Buffer.from(`ann:${hash}`).toString("base64") },
                },
            ];
            const none = asked([custom("staff", {})], objects);
            assert.deepEqual([none.status, none.access?.decision, none.access?.policy], [401, "denied", "ns/custom"]);
            assert.ok(texts(none).some((text) => /a name and a password of "the office" are wanted/.test(text)));
            const some = asked([custom("staff", {})], objects, undefined, {
                headers: [`authorization: Basic ${Buffer.from("ann:hunter2").toString("base64")}`],
            });
            assert.deepEqual([some.status, some.access?.decision], [200, "asked"]);
            for (const one of [none, some]) assert.ok(!JSON.stringify(one).includes("$2y$") && !JSON.stringify(one).includes("hunter2"));
        });
    });

    describe("with a token", () => {
        const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
        const jwks = JSON.stringify({ keys: [{ ...publicKey.export({ format: "jwk" }), kid: "k1", alg: "ES256", use: "sig" }] });
        const now = Math.floor(Date.now() / 1000);
        const encoded = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
        const token = (claims: object, head: object = {}): string => {
            const text = `${encoded({ alg: "ES256", kid: "k1", ...head })}.${encoded({ iss: "https://i.test", sub: "ann", aud: ["api"], exp: now + 600, ...claims })}`;
            return `${text}.${createSign("SHA256").update(text).sign({ key: privateKey, dsaEncoding: "ieee-p1363" }, "base64url")}`;
        };
        const authentication: PolicyText = {
            name: "tokens",
            kind: "RequestAuthentication",
            spec: {
                jwtRules: [
                    {
                        issuer: "https://i.test",
                        audiences: ["api"],
                        jwks,
                        fromParams: ["t"],
                        fromHeaders: [{ name: "authorization", prefix: "Bearer " }],
                    },
                ],
            },
        };
        const staff = deny("staff", { when: [{ key: "request.auth.claims[org][groups]", notValues: ["staff"] }] });

        it("says that it is good, and what policies see of it", () => {
            const explanation = ask([authentication, staff], "http://a.test/", { token: token({ org: { groups: ["guests", 7] } }) });
            assert.equal(explanation.status, 403);
            const [one] = explanation.access?.tokens ?? [];
            assert.deepEqual(
                [
                    one?.from,
                    one?.valid,
                    one?.answer,
                    one?.issuer,
                    one?.subject,
                    one?.audiences,
                    one?.keyId,
                    one?.algorithm,
                    one?.origin?.name,
                    one?.origin?.field,
                ],
                ["header authorization", true, "", "https://i.test", "ann", ["api"], "k1", "ES256", "tokens", "spec.jwtRules[0]"],
            );
            assert.equal(one?.expires, new Date((now + 600) * 1000).toISOString());
            assert.match(
                texts(explanation).join("\n"),
                /when\[0\] \(request\.auth\.claims\[org\]\[groups\]\) wants none of "staff"; it is guests, 7/,
            );
            assert.equal(ask([authentication, staff], "http://a.test/", { token: token({ org: { groups: ["staff"] } }) }).status, 200);
        });

        it("says what is wrong with it, and that policies are not asked", () => {
            for (const [text, status, words] of [
                [token({ exp: now - 600 }), 401, /expired at .* ago/],
                [token({ iss: "https://other.test" }), 401, /its issuer is "https:\/\/other\.test"/],
                [token({ aud: "billing" }), 403, /it is for "billing"/],
                [token({}, { kid: "k2" }), 401, /"k2".*not among the issuer's keys/],
                [`${token({}).slice(0, -8)}AAAAAAAA`, 401, /has signed it/],
                ["nonsense", 401, /two dots/],
            ] as const) {
                const explanation = ask([authentication, staff], "http://a.test/", { token: text });
                assert.deepEqual([explanation.status, explanation.access?.decision], [status, "unauthenticated"]);
                assert.match(texts(explanation).join("\n"), words);
                assert.deepEqual(
                    explanation.access?.policies.map(({ matched }) => matched),
                    [null],
                );
                assert.ok(text === "nonsense" || !JSON.stringify(explanation).includes(text.slice(-20)), "the token is shown");
            }
        });

        it("finds it wherever a rule looks for it", () => {
            const { access, status } = ask([authentication], `http://a.test/?a=1&t=${token({ exp: now - 600 })}`);
            assert.deepEqual([status, access?.tokens.map(({ from, valid }) => [from, valid])], [401, [["parameter t", false]]]);
        });

        it("says of a token that no rule asks for that nobody verifies it", () => {
            const explanation = ask([deny("x", to({ paths: ["/x"] }))], "http://a.test/", { token: token({}) });
            assert.deepEqual([explanation.status, explanation.access?.tokens], [200, []]);
            assert.ok(texts(explanation).some((text) => /no RequestAuthentication/.test(text)));
        });
    });

    it("agrees with itself: what its policies come to is what is decided", () => {
        const operation = fc.record(
            {
                methods: fc.subarray(["GET", "POST"], { minLength: 1 }),
                notMethods: fc.subarray(["POST", "PUT"], { minLength: 1 }),
                paths: fc.subarray(["/a", "/a*", "*b", "/{*}/b"], { minLength: 1 }),
                notPaths: fc.subarray(["/a", "/b*"], { minLength: 1 }),
                hosts: fc.subarray(["a.test", "*.test"], { minLength: 1 }),
            },
            { requiredKeys: [] },
        );
        const source = fc.record(
            {
                ipBlocks: fc.subarray(["10.0.0.0/8", "192.0.2.1"], { minLength: 1 }),
                notIpBlocks: fc.subarray(["10.1.0.0/16"], { minLength: 1 }),
            },
            { requiredKeys: [] },
        );
        const isSaid = (one: object): boolean => Object.keys(one).length > 0;
        const rule = fc.record(
            {
                to: fc.array(
                    operation.filter(isSaid).map((one) => ({ operation: one })),
                    { minLength: 1, maxLength: 2 },
                ),
                from: fc.array(
                    source.filter(isSaid).map((one) => ({ source: one })),
                    { minLength: 1, maxLength: 2 },
                ),
            },
            { requiredKeys: [] },
        );
        const policies = fc
            .array(fc.tuple(fc.constantFrom("ALLOW", "DENY", "AUDIT"), fc.array(rule, { maxLength: 3 }), fc.boolean()), {
                minLength: 1,
                maxLength: 4,
            })
            .map((all) =>
                all.map(
                    ([action, rules, dryRun], at): PolicyText => ({
                        name: `p${at}`,
                        dryRun: dryRun && action !== "AUDIT",
                        spec: { action, rules },
                    }),
                ),
            )
            .filter((all) =>
                all.every(
                    ({ spec }) => (spec as { action: string; rules: [] }).action === "ALLOW" || (spec as { rules: [] }).rules.length > 0,
                ),
            );
        const question = fc.record({
            method: fc.constantFrom("GET", "POST", "PUT"),
            path: fc.constantFrom("/a", "/a/b", "/b", "/c"),
            clientAddress: fc.constantFrom("10.0.0.1", "10.1.0.1", "192.0.2.1"),
        });
        let denials = 0;
        fc.assert(
            fc.property(policies, question, (all, { path, ...options }) => {
                const { access, status } = ask(all, `http://a.test${path}`, options);
                if (access === null) return assert.equal(status, 200);
                const counts = access.policies.filter(({ dryRun }) => !dryRun);
                const isDenied =
                    counts.some(({ action, matched }) => action === "DENY" && matched === true) ||
                    (counts.some(({ action }) => action === "ALLOW") &&
                        !counts.some(({ action, matched }) => action === "ALLOW" && matched === true));
                denials += isDenied ? 1 : 0;
                assert.deepEqual([access.decision, status], isDenied ? ["denied", 403] : ["allowed", 200]);
            }),
            { numRuns: 300 },
        );
        assert.ok(denials > 30);
    });
});
