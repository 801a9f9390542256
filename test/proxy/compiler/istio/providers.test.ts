/** Who decides for CUSTOM policies: what is read of a mesh's configuration and of the gateway's own, and what is made of it. */
import assert from "node:assert/strict";
import bcrypt from "bcryptjs";
import { describe, it } from "mocha";
import { stringify } from "yaml";
import type { Compilation } from "../../../../proxy/compiler";
import { codesOf, compileYaml, gateway, messagesOf, service } from "../support";

const BASE =
    gateway("web", `- { port: { number: 80, name: http, protocol: HTTP }, hosts: [a.example.com] }`) +
    `
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: web, namespace: istio-system }
spec: { hosts: [a.example.com], gateways: [web], http: [{ directResponse: { status: 200 } }] }
` +
    service("auth", 4180, { namespace: "auth", address: "10.9.9.9" });
const HOST = "auth.auth.svc.cluster.local";
const HASH = bcrypt.hashSync("open", 4);

function policy(provider: string, name = "ask"): string {
    return `
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: { name: ${name}, namespace: istio-system }
spec: { action: CUSTOM, provider: { name: ${provider} }, rules: [{}] }
`;
}

function document(object: object): string {
    return `\n---\n${stringify(object)}`;
}

function mesh(extensionProviders: unknown): string {
    const metadata = { name: "istio", namespace: "istio-system" };
    return document({ apiVersion: "v1", kind: "ConfigMap", metadata, data: { mesh: stringify({ extensionProviders }) } });
}

function own(extensionProviders: unknown, metadata: object = {}): string {
    const named = { name: "own", namespace: "istio-system", labels: { "gatehouse.dev/mesh-config": "true" }, ...metadata };
    return document({ apiVersion: "v1", kind: "ConfigMap", metadata: named, data: { mesh: stringify({ extensionProviders }) } });
}

function passwords(stringData: object): string {
    return document({ apiVersion: "v1", kind: "Secret", metadata: { name: "users", namespace: "istio-system" }, stringData });
}

function providersOf({ tables }: Compilation): Record<string, unknown>[] {
    return [...tables.providers.values()].map(({ origin: _origin, ...rest }) => rest);
}

describe("extension providers", () => {
    it("are made for the policies that name them, with Istio's defaults and a cluster to ask them through", () => {
        const made = compileYaml(
            BASE +
                policy("auth") +
                mesh([
                    { name: "auth", envoyExtAuthzHttp: { service: HOST, port: 4180 } },
                    { name: "other", zipkin: {} },
                ]),
        );
        assert.equal(messagesOf(made), "");
        assert.deepEqual(providersOf(made), [
            {
                key: "auth",
                kind: "http",
                cluster: `outbound|4180||${HOST}`,
                authority: HOST,
                timeoutMs: 600_000,
                pathPrefix: "",
                failOpen: false,
                statusOnError: 403,
                includeRequestHeaders: [],
                includeAdditionalHeaders: [],
                headersToUpstreamOnAllow: [],
                headersToDownstreamOnAllow: [],
                headersToDownstreamOnDeny: [],
                clearRouteCache: false,
            },
        ]);
        assert.deepEqual([...made.tables.clusters.keys()], [`outbound|4180||${HOST}`]);
        assert.deepEqual(made.tables.endpoints.get(`outbound|4180||${HOST}`)?.endpoints, [{ address: "10.9.9.9", port: 8080, weight: 1 }]);
        const [asked] = [...made.tables.authorizations.values()];
        assert.deepEqual([asked?.action, asked?.provider], ["CUSTOM", "auth"]);
    });

    it("are read with every setting, in camel or snake case, the older list of headers where the newer is empty", () => {
        const settings = {
            service: `auth/${HOST}`,
            port: "4180",
            timeout: "0.5s",
            path_prefix: "/check",
            failOpen: true,
            statusOnError: "503",
            includeHeadersInCheck: ["Cookie", "X-Pre*", "*-Suf"],
            includeAdditionalHeadersInCheck: { "X-Zone": "%REQ(host)%", "x-a": "1" },
            includeRequestBodyInCheck: { maxRequestBytes: 1000, allowPartialMessage: true, packAsBytes: true },
            headersToUpstreamOnAllow: ["X-User"],
            headersToDownstreamOnAllow: ["set-cookie"],
            headersToDownstreamOnDeny: ["x-why"],
            clearRouteCache: true,
        };
        const made = compileYaml(BASE + policy("auth") + own([{ name: "auth", envoyExtAuthzHttp: settings }]));
        assert.equal(messagesOf(made), "");
        assert.deepEqual(providersOf(made), [
            {
                key: "auth",
                kind: "http",
                cluster: `outbound|4180||${HOST}`,
                authority: HOST,
                timeoutMs: 500,
                pathPrefix: "/check",
                failOpen: true,
                statusOnError: 503,
                includeRequestHeaders: ["cookie", "x-pre*", "*-suf"],
                includeAdditionalHeaders: [
                    ["x-zone", "%REQ(host)%"],
                    ["x-a", "1"],
                ],
                body: { maxBytes: 1000, allowPartial: true },
                headersToUpstreamOnAllow: ["x-user"],
                headersToDownstreamOnAllow: ["set-cookie"],
                headersToDownstreamOnDeny: ["x-why"],
                clearRouteCache: true,
            },
        ]);
    });

    it("are the gateway's own before the mesh's; other namespaces and labels are not read", () => {
        const [first, second] = [
            { name: "auth", envoyExtAuthzHttp: { service: HOST, port: 4180, pathPrefix: "/own" } },
            { name: "auth", envoyExtAuthzHttp: { service: HOST, port: 4180, pathPrefix: "/mesh" } },
        ];
        const made = compileYaml(
            BASE +
                policy("auth") +
                mesh([second]) +
                own([first]) +
                own([{ name: "x" }], { name: "unlabelled", labels: {} }) +
                own([{ name: "x" }], { namespace: "other" }),
        );
        assert.deepEqual(codesOf(made), ["GH0475 ConfigMap istio-system/own data.mesh.extensionProviders[0]"]);
        assert.equal(providersOf(made)[0]?.["pathPrefix"], "/own");
    });

    describe("of two ConfigMaps of the gateway's namespace", () => {
        const http = (pathPrefix: string): object => ({ name: "auth", envoyExtAuthzHttp: { service: HOST, port: 4180, pathPrefix } });
        const of = (name: string, instance: string, time: string | undefined, provider: object): string =>
            own([provider], {
                name,
                labels: {
                    "gatehouse.dev/mesh-config": "true",
                    "app.kubernetes.io/name": "virtual-host",
                    "app.kubernetes.io/instance": instance,
                },
                ...(time === undefined ? {} : { creationTimestamp: time }),
            });
        const [EARLY, LATE] = ["2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"];

        it("are the newest, of which nothing is said while it takes the other's place", () => {
            for (const [old, fresh] of [
                ["web-mesh-a", "web-mesh-b"],
                ["web-mesh-b", "web-mesh-a"],
            ] as const) {
                const both = [of(old, "web", EARLY, http("/old")), of(fresh, "web", LATE, http("/new"))];
                for (const objects of [both, both.toReversed()]) {
                    const made = compileYaml(BASE + policy("auth") + objects.join(""));
                    assert.deepEqual(codesOf(made), []);
                    assert.equal(providersOf(made)[0]?.["pathPrefix"], "/new");
                }
            }
        });

        it("keep the names that the newest no longer has as long as the other is there", () => {
            const made = compileYaml(
                BASE + policy("auth") + of("web-mesh-a", "web", EARLY, http("/old")) + of("web-mesh-b", "web", LATE, { name: "x" }),
            );
            assert.equal(providersOf(made)[0]?.["pathPrefix"], "/old");
        });

        it("are looked at for passwords only where they are asked", () => {
            const basic = (secretName: string): object => ({ name: "auth", gatehouseBasicAuth: { secretName } });
            const made = compileYaml(
                BASE +
                    policy("auth") +
                    of("web-mesh-a", "web", EARLY, basic("gone")) +
                    of("web-mesh-b", "web", LATE, basic("users")) +
                    passwords({ auth: `ann:${HASH}` }),
            );
            assert.equal(messagesOf(made), "");
            assert.equal(providersOf(made)[0]?.["kind"], "basic-auth");
        });

        it("are told of where two components mean different things by a name, and not where they mean the same", () => {
            const first = of("public-mesh-1", "public", EARLY, http("/one"));
            const differs = compileYaml(BASE + policy("auth") + first + of("inner-mesh-1", "inner", LATE, http("/two")));
            assert.deepEqual(codesOf(differs), ["GH0475 ConfigMap istio-system/inner-mesh-1 data.mesh.extensionProviders[0]"]);
            assert.match(messagesOf(differs), /istio-system\/public-mesh-1 has a provider "auth" too; this one is asked/);
            assert.equal(providersOf(differs)[0]?.["pathPrefix"], "/two");
            const agrees = compileYaml(BASE + policy("auth") + first + of("inner-mesh-1", "inner", LATE, http("/one")));
            assert.deepEqual(codesOf(agrees), []);
            // By hand, without labels that say who made them.
            const byHand = compileYaml(BASE + policy("auth") + own([http("/a")], { name: "a" }) + own([http("/b")], { name: "b" }));
            assert.deepEqual(codesOf(byHand), ["GH0475 ConfigMap istio-system/a data.mesh.extensionProviders[0]"]);
        });
    });

    it("over gRPC are read as Istio has them, and asked through a cluster of their port", () => {
        const grpc = (more: object): string =>
            mesh([{ name: "auth", envoyExtAuthzGrpc: { service: `auth/${HOST}`, port: 4180, ...more } }]);
        const common = { key: "auth", kind: "grpc", cluster: `outbound|4180||${HOST}`, authority: HOST };
        const plain = compileYaml(BASE + policy("auth") + grpc({}));
        assert.equal(messagesOf(plain), "");
        assert.deepEqual(providersOf(plain), [
            { ...common, timeoutMs: 600_000, failOpen: false, statusOnError: 403, clearRouteCache: false },
        ]);
        assert.ok(plain.tables.clusters.has(common.cluster));
        const all = compileYaml(
            BASE +
                policy("auth") +
                grpc({
                    timeout: "1.5s",
                    failOpen: true,
                    statusOnError: "503",
                    clearRouteCache: true,
                    includeRequestBodyInCheck: { maxRequestBytes: 10, allowPartialMessage: true, packAsBytes: true },
                }),
        );
        assert.deepEqual(providersOf(all), [
            {
                ...common,
                timeoutMs: 1_500,
                failOpen: true,
                statusOnError: 503,
                clearRouteCache: true,
                body: { maxBytes: 10, allowPartial: true, asBytes: true },
            },
        ]);
    });

    for (const [what, given, why] of [
        ["a port that the service has not", { service: HOST, port: 80 }, /envoyExtAuthzGrpc\.port.*has no port 80/s],
        ["no service", { port: 4180 }, /service is empty/],
        ["a service that is not there", { service: "no.such.test", port: 4180 }, /envoyExtAuthzGrpc\.service.*No Service or ServiceEntry/s],
        ["a timeout of nothing", { service: HOST, port: 4180, timeout: "0s" }, /timeout is no duration longer than none/],
        ["a status that is none", { service: HOST, port: 4180, statusOnError: "99" }, /statusOnError is no HTTP status/],
        ["a body without a bound", { service: HOST, port: 4180, includeRequestBodyInCheck: {} }, /maxRequestBytes is not said/],
    ] as const) {
        it(`over gRPC let nobody in with ${what}, and say so`, () => {
            const made = compileYaml(BASE + policy("auth") + mesh([{ name: "auth", envoyExtAuthzGrpc: given }]));
            assert.equal(providersOf(made)[0]?.["kind"], "unserved");
            assert.match(messagesOf(made), why);
            assert.match(messagesOf(made), /GH0474/);
        });
    }

    it("over gRPC read no field of those over HTTP", () => {
        const given = { service: HOST, port: 4180, pathPrefix: "/a" };
        const made = compileYaml(BASE + policy("auth") + mesh([{ name: "auth", envoyExtAuthzGrpc: given }]));
        assert.deepEqual(codesOf(made), [
            "GH0475 ConfigMap istio-system/istio data.mesh.extensionProviders[0].envoyExtAuthzGrpc.pathPrefix",
        ]);
        assert.equal(providersOf(made)[0]?.["kind"], "grpc");
    });

    for (const [what, given, why, code = "GH0474"] of [
        ["a port of none", { service: HOST, port: 0 }, /port is no such number; wanted is one from 1 to 65535/],
        ["a port that is not said", { service: HOST }, /port is not said/],
        ["no service", { port: 4180 }, /service is empty/],
        ["a service of three parts", { service: "a/b/c", port: 4180 }, /not of the form <namespace>\/<host>/],
        [
            "a service of another namespace",
            { service: `shop/${HOST}`, port: 4180 },
            /No Service or ServiceEntry of the name .* is in namespace shop.*It is in namespace auth/s,
        ],
        ["a service by its short name", { service: "auth", port: 4180 }, /No Service or ServiceEntry of the name auth,/],
        ["a port that the service has not", { service: HOST, port: 80 }, /has no port 80 \(it has 4180\)/],
        ["a timeout that is none", { service: HOST, port: 4180, timeout: "soon" }, /timeout is no duration/],
        ["a timeout of nothing", { service: HOST, port: 4180, timeout: "0s" }, /timeout is no duration longer than none/],
        ["a prefix that is no path", { service: HOST, port: 4180, pathPrefix: "check" }, /pathPrefix does not begin with \//],
        ["a prefix with a line break", { service: HOST, port: 4180, pathPrefix: "/a\r\nb" }, /pathPrefix has a character that no path has/],
        ["a status that is none", { service: HOST, port: 4180, statusOnError: "99" }, /statusOnError is no HTTP status/],
        ["a status without quotes", { service: HOST, port: 4180, statusOnError: 503 }, /statusOnError is no text; write it in quotes/],
        ["a single star", { service: HOST, port: 4180, headersToUpstreamOnAllow: ["*"] }, /headersToUpstreamOnAllow\[0\] is a single \*/],
        ["a name of a header that is none", { service: HOST, port: 4180, includeRequestHeadersInCheck: ["a b"] }, /is no name of a header/],
        [
            "a value of a header with a line break",
            { service: HOST, port: 4180, includeAdditionalHeadersInCheck: { a: "secret\nb" } },
            /a is no text of one line/,
        ],
        [
            "an added host",
            { service: HOST, port: 4180, includeAdditionalHeadersInCheck: { Host: "a" } },
            /has a name that no added header has/,
        ],
        ["a body without a bound", { service: HOST, port: 4180, includeRequestBodyInCheck: {} }, /maxRequestBytes is not said/],
        [
            "a body that is too large to hold",
            { service: HOST, port: 4180, includeRequestBodyInCheck: { maxRequestBytes: 2e9 } },
            /maxRequestBytes is no such number/,
        ],
        ["a flag that is none", { service: HOST, port: 4180, failOpen: "sometimes" }, /failOpen is neither true nor false/],
    ] as const) {
        it(`let nobody in with ${what}, and say so`, () => {
            const made = compileYaml(BASE + policy("auth") + mesh([{ name: "auth", envoyExtAuthzHttp: given }]));
            assert.equal(providersOf(made)[0]?.["kind"], "unserved");
            assert.match(messagesOf(made), why);
            assert.match(messagesOf(made), new RegExp(code));
            assert.doesNotMatch(messagesOf(made), /secret/);
        });
    }

    for (const [what, given, why] of [
        [
            "of a kind that there is none",
            [{ name: "auth", envoyExtAuthzHtp: {} }],
            /is no kind of provider; did you mean envoyExtAuthzHttp\?/,
        ],
        [
            "of two kinds",
            [{ name: "auth", envoyExtAuthzHttp: {}, zipkin: {} }],
            /has envoyExtAuthzHttp and zipkin, of which a provider has one/,
        ],
        [
            "of two definitions",
            [1, 2].map(() => ({ name: "auth", envoyExtAuthzHttp: { service: HOST, port: 4180 } })),
            /the name of an earlier provider/,
        ],
        ["that traces", [{ name: "auth", zipkin: {} }], /No extension provider is named "auth".*There are: none/],
        [
            "that is not there",
            [{ name: "aut", envoyExtAuthzHttp: { service: HOST, port: 4180 } }],
            /No extension provider is named "auth".*Did you mean aut\?/s,
        ],
        ["in a list that is none", { auth: {} }, /extensionProviders is no list/],
        ["that is no mapping", ["auth"], /extensionProviders\[0\] is no mapping|No extension provider is named "auth"/],
    ] as const) {
        it(`let nobody in by one ${what}`, () => {
            const made = compileYaml(BASE + policy("auth") + mesh(given));
            assert.equal(providersOf(made)[0]?.["kind"], "unserved");
            assert.match(messagesOf(made), why);
        });
    }

    it("are served where a field is not known, which is said", () => {
        const made = compileYaml(
            BASE + policy("auth") + own([{ name: "auth", envoyExtAuthzHttp: { service: HOST, port: 4180, failopen: true } }]),
        );
        assert.match(messagesOf(made), /GH0475 .*failopen is not known; did you mean failOpen\?/);
        assert.deepEqual([providersOf(made)[0]?.["kind"], providersOf(made)[0]?.["failOpen"]], ["http", false]);
    });

    describe("with names and passwords", () => {
        const basic = own([{ name: "auth", gatehouseBasicAuth: { secretName: "users", realm: "Ops" } }]);

        it("take the lines of htpasswd -B, and refuse every other by its number", () => {
            const lines = [
                `ann:${HASH}`,
                "# a remark",
                "",
                "bob:$apr1$x$hunter2",
                "hunter2",
                `ann:${bcrypt.hashSync("later", 4)}`,
                "eve:{SHA}hunter2",
                "joe:hunter2",
                `max:${HASH.replace("$04$", "$31$")}`,
            ];
            const made = compileYaml(BASE + policy("auth") + basic + passwords({ auth: lines.join("\n") }));
            assert.deepEqual(providersOf(made), [
                { key: "auth", kind: "basic-auth", realm: "Ops", userHeader: "", users: [["ann", HASH]] },
            ]);
            const said = messagesOf(made);
            assert.doesNotMatch(said, /hunter2|\$2/);
            for (const one of [
                "Line 4 of auth is not taken: its hash is MD5",
                "Line 5 of auth is not taken: it has no name",
                "Line 7 of auth is not taken: its hash is SHA-1",
                "Line 8 of auth is not taken: its password is plain text",
                "Line 9 of auth is not taken: its bcrypt cost is 31",
            ])
                assert.ok(said.includes(one), `${one}\n${said}`);
        });

        it("let nobody in without the Secret, its key, or a user in it", () => {
            for (const [secret, why] of [
                ["", /Secret istio-system\/users is not there/],
                [passwords({ other: "" }), /has neither the key auth nor the key htpasswd/],
                [passwords({ htpasswd: "joe:plain" }), /has no user in htpasswd/],
            ] as const) {
                const made = compileYaml(BASE + policy("auth") + basic + secret);
                assert.equal(providersOf(made)[0]?.["kind"], "unserved");
                assert.match(messagesOf(made), why);
            }
        });
    });
});
