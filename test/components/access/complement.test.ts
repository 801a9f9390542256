/** Who may pass to one host keeps out exactly whom its rules do not let in, and nobody anywhere else. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import fc from "fast-check";
import type { AuthorizationRule } from "../../../istio";
import { validateObject } from "../../../istio";
import { buildPolicy } from "../../../components/access";
import { complement } from "../../../components/access/complement";
import { accessOrder, planVirtualHost, type VirtualHostData } from "../../../components/virtual-host/plan";
import { ingressRef } from "../support/refs";
import { passesProxy } from "./bundled-proxy";
import { letConnect, letIn, ruleMatches, type Asked } from "./evaluator";

const list = (...values: readonly string[]): fc.Arbitrary<string[]> =>
    fc.uniqueArray(fc.constantFrom(...values), { minLength: 1, maxLength: 2 });
const ADDRESSES = ["10.0.0.0/8", "10.1.0.0/16", "192.0.2.7", "2001:db8::/32"];
const METHODS = ["GET", "PUT", "P*"];
const PATHS = ["/a", "/a*", "*.js"];
const PORTS = ["80", "443"];
const PRINCIPALS = ["cluster.local/ns/a/sa/b", "*"];
const GROUPS = ["admin", "dev*"];

const fields = (choices: Readonly<Record<string, fc.Arbitrary<string[]>>>): fc.Arbitrary<Record<string, string[]>> =>
    fc
        .record(choices, { requiredKeys: [] })
        .filter((one) => Object.keys(one).length > 0)
        .map((one) => ({ ...one }) as Record<string, string[]>);

const source = fields({
    ipBlocks: list(...ADDRESSES),
    notIpBlocks: list(...ADDRESSES),
    remoteIpBlocks: list(...ADDRESSES),
    notRemoteIpBlocks: list(...ADDRESSES),
    principals: list(...PRINCIPALS),
    requestPrincipals: list("https://a/x", "*"),
    notRequestPrincipals: list("https://a/x", "*"),
});
const operation = fields({
    methods: list(...METHODS),
    notMethods: list("GET", "PUT"),
    paths: list(...PATHS),
    ports: list(...PORTS),
    notPorts: list(...PORTS),
});
const condition = fc.oneof(
    fc.record({ key: fc.constantFrom("request.auth.claims[groups]", "request.headers[x-team]"), values: list(...GROUPS) }),
    fc.record({ key: fc.constantFrom("request.auth.claims[groups]", "request.headers[x-team]"), notValues: list(...GROUPS) }),
    fc.record({ key: fc.constant("remote.ip"), values: list(...ADDRESSES), notValues: list(...ADDRESSES) }),
);
const rule: fc.Arbitrary<AuthorizationRule> = fc
    .record(
        {
            from: fc.array(
                source.map((one) => ({ source: one })),
                { minLength: 1, maxLength: 2 },
            ),
            to: fc.array(
                operation.map((one) => ({ operation: one })),
                { minLength: 1, maxLength: 2 },
            ),
            when: fc.array(condition, { minLength: 1, maxLength: 2 }),
        },
        { requiredKeys: [] },
    )
    .filter((one) => Object.keys(one).length > 0);

const HOSTS = ["web.example.com", "WEB.example.com", "web.example.com:80", "web.example.com:", "web.example.com:8443"];
const OTHERS = ["other.example.com", "other.example.com:8443", "web.example.com.evil.org", "xweb.example.com", "example.com", ""];

const asked = (hosts: readonly string[], ports: readonly number[] = [80, 443]): fc.Arbitrary<Asked> =>
    fc.record({
        peer: fc.constantFrom("10.1.2.3", "10.9.9.9", "192.0.2.7", "2001:db8::1", "198.51.100.1"),
        client: fc.constantFrom("10.1.2.3", "10.9.9.9", "192.0.2.7", "2001:db8::1", "198.51.100.1"),
        port: fc.constantFrom(...ports),
        serverName: fc.constantFrom("web.example.com", "other.example.com", ""),
        host: fc.constantFrom(...hosts),
        method: fc.constantFrom("GET", "PUT", "POST", "DELETE"),
        path: fc.constantFrom("/a", "/ab", "/x.js", "/z"),
        headers: fc.constantFrom<Asked["headers"]>({}, { "x-team": ["admin"] }, { "x-team": ["ops", "developers"] }),
        principals: fc.constantFrom<readonly string[]>([], ["cluster.local/ns/a/sa/b"], ["cluster.local/ns/c/sa/d"]),
        claims: fc.constantFrom<Asked["claims"]>(
            {},
            { iss: "https://a", sub: "x" },
            { iss: "https://a", sub: "y", groups: ["ops", "admin"] },
            { iss: "https://b", groups: "devops", aud: ["shop", "web"] },
            { iss: "https://a", aud: "web" },
        ),
    });

const plan = (access: object, more: Partial<VirtualHostData> = {}) =>
    planVirtualHost("web", { gateway: ingressRef(), hosts: ["web.example.com"], http: [], access: access as never, ...more });
const policies = (access: object, parts: readonly Parameters<typeof buildPolicy>[0][], more: Partial<VirtualHostData> = {}) =>
    parts.map((part) => buildPolicy(part, accessOrder(plan(access, more))).spec);

describe("rules that let in to one host", () => {
    it("let in to it whom they name, and anybody to any other host", () => {
        fc.assert(
            fc.property(
                fc.array(rule, { minLength: 1, maxLength: 3 }),
                fc.array(asked([...HOSTS, ...OTHERS]), { minLength: 6, maxLength: 6 }),
                (allow, all) => {
                    fc.pre("rules" in complement(allow));
                    const made = policies({ allow }, ["allow"]);
                    for (const one of all) {
                        const expected = HOSTS.includes(one.host) ? allow.some((each) => ruleMatches(one, each)) : true;
                        assert.equal(letIn(one, made), expected, JSON.stringify({ allow, one, made }));
                    }
                },
            ),
            { numRuns: 80 },
        );
    });

    it("let in the same on the bundled proxy, which reads them as it reads policies written by hand", () => {
        fc.assert(
            fc.property(
                fc.array(rule, { minLength: 1, maxLength: 2 }),
                fc.array(asked([...HOSTS, ...OTHERS]), { minLength: 4, maxLength: 4 }),
                (allow, all) => {
                    fc.pre("rules" in complement(allow));
                    const made = policies({ allow }, ["allow"]);
                    for (const { principals: _principals, ...rest } of all) {
                        const one = { ...rest, principals: [] };
                        assert.equal(passesProxy(one, made), letIn(one, made), JSON.stringify({ allow, one, made }));
                        const stream = { ...one, port: 31400 };
                        assert.ok(passesProxy(stream, made, false), "a connection that is passed on");
                    }
                },
            ),
            { numRuns: 60 },
        );
    });

    it("say nothing of connections that are passed on", () => {
        fc.assert(
            fc.property(fc.array(rule, { minLength: 1, maxLength: 2 }), asked(["", "web.example.com"], [31400, 31401]), (allow, one) => {
                fc.pre("rules" in complement(allow));
                assert.ok(letConnect(one, policies({ allow, deny: allow, ips: ["10.0.0.0/8"] }, ["allow", "deny", "ips"])));
            }),
        );
    });

    it("come to objects that Istio takes, whatever stands in them", () => {
        fc.assert(
            fc.property(fc.array(rule, { minLength: 1, maxLength: 3 }), (allow) => {
                fc.pre("rules" in complement(allow));
                const made = buildPolicy("allow", accessOrder(plan({ allow })));
                // Of rules that anybody meets none is left.
                fc.pre((made.spec.rules ?? []).length > 0);
                const { findings } = validateObject({ apiVersion: "security.istio.io/v1", kind: "AuthorizationPolicy", ...made });
                assert.deepEqual(
                    findings.map(({ message, field }) => `${field} ${message}`),
                    [],
                );
            }),
        );
    });

    it("are as few as say it: alternatives of one field are one list", () => {
        const from = (address: string): AuthorizationRule => ({ from: [{ source: { remoteIpBlocks: [address] } }] });
        assert.deepEqual(complement([from("10.0.0.0/8"), from("192.0.2.7")]), {
            rules: [{ from: [{ source: { notRemoteIpBlocks: ["10.0.0.0/8", "192.0.2.7"] } }] }],
        });
        const get = { to: [{ operation: { methods: ["GET"] } }] };
        assert.deepEqual(complement([get, { ...from("10.0.0.0/8"), ...get }]), {
            rules: [{ to: [{ operation: { notMethods: ["GET"] } }] }],
        });
    });

    it("keep service accounts apart from identities, as Istio wants it", () => {
        const made = complement([{ from: [{ source: { serviceAccounts: ["a/b"] } }, { source: { namespaces: ["shop"] } }] }]);
        assert.deepEqual(made, {
            rules: [{ from: [{ source: { notNamespaces: ["shop"] } }], when: [{ key: "source.serviceAccount", notValues: ["a/b"] }] }],
        });
    });

    it("are refused where they come to too many, or to what no rule says", () => {
        const wide = (index: number): AuthorizationRule => ({
            from: [{ source: { ipBlocks: [`10.0.0.${index}`], remoteIpBlocks: [`10.1.0.${index}`], principals: [`p${index}`] } }],
            to: [{ operation: { methods: [`M${index}`], paths: [`/${index}`] } }],
        });
        assert.deepEqual(complement([1, 2, 3].map(wide)), { tooMany: true });
        assert.deepEqual(complement([1, 2, 3, 4, 5, 6, 7].map(wide)), { tooMany: true });
        const not = (path: string): AuthorizationRule => ({ to: [{ operation: { notPaths: [path] } }] });
        assert.deepEqual(complement([not("/a*"), not("/b")]), { unsayable: "notPaths" });
        // Nobody asks for two paths at once.
        assert.deepEqual(complement([not("/a"), not("/b")]), { rules: [] });
    });
});

describe("tokens that one host demands", () => {
    const jwt = [
        { issuer: "https://a", jwksUri: "https://a/keys", claims: { groups: ["admin"] } },
        { issuer: "https://b", jwksUri: "https://b/keys", audiences: ["shop"] },
    ];
    const good = ({ claims }: Asked): boolean =>
        (claims["iss"] === "https://a" && [claims["groups"]].flat().includes("admin")) ||
        (claims["iss"] === "https://b" && [claims["aud"]].flat().includes("shop"));

    it("let in whose token says it, to it, and anybody to any other host", () => {
        fc.assert(
            fc.property(asked([...HOSTS, ...OTHERS]), (one) => {
                assert.equal(letIn(one, policies({ jwt }, ["jwt"])), HOSTS.includes(one.host) ? good(one) : true);
            }),
        );
    });

    it("let in who brings none, where they may be left out", () => {
        const optional = jwt.map((one) => ({ ...one, required: false }));
        fc.assert(
            fc.property(asked(HOSTS), (one) => {
                assert.equal(letIn(one, policies({ jwt: optional }, ["jwt"])), one.claims["iss"] === undefined || good(one));
            }),
        );
    });
});

describe("a wildcard host", () => {
    const tls = { certificate: { kind: "selfSigned" } } as const;
    const below = { hosts: ["*.x.example.com"], tls };

    it("lets nobody pass by for a port behind the host", () => {
        const made = policies({ ips: ["10.0.0.0/8"] }, ["ips"], below);
        const one: Asked = {
            peer: "198.51.100.1",
            client: "198.51.100.1",
            port: 443,
            serverName: "a.x.example.com",
            host: "a.x.example.com",
            method: "GET",
            path: "/",
            headers: {},
            principals: [],
            claims: {},
        };
        for (const host of ["a.x.example.com", "a.x.example.com:8443", "A.X.example.com:1", "b.a.x.example.com:"])
            assert.equal(letIn({ ...one, host }, made), false, host);
        assert.equal(letIn({ ...one, client: "10.0.0.1" }, made), true);
        assert.equal(letIn({ ...one, serverName: "other.example.com", host: "other.example.com" }, made), true);
        // Plain HTTP is led on to HTTPS.
        assert.equal(letIn({ ...one, port: 80, serverName: "" }, made), true);
    });
});
