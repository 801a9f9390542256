/** AuthorizationPolicies decide over requests as Istio's Envoy does: by rules as Istio reads them, at the doors of an exchange. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import type { AuthorizationPolicy, AuthorizationRule } from "../../../istio/types";
import type { ConnectionInfo, HandshakeInfo, RequestHead } from "../../../proxy/http/doors";
import { bindPolicy, judgedConnection, ruleHolds } from "../../../proxy/snapshot";
import type { AccessEntry, AuthorizationPolicyEntry, VirtualHostEntry } from "../../../proxy/tables";
import { access, policyOf } from "../snapshot/access-entries";
import { delta, forwardTo, ORIGIN, prefix, route, virtualHost } from "../snapshot/entries";
import { Gateway, valueOf, type Asked } from "./asking";

const OK = { kind: "direct", status: 200 } as const;
const HOST = virtualHost("*", [route(OK)]);

function gatewayWith(
    policies: readonly AuthorizationPolicyEntry[],
    more: Partial<AccessEntry> = {},
    host: VirtualHostEntry = HOST,
): Gateway {
    const keys = (action: string): string[] => policies.filter((one) => one.action === action && !one.dryRun).map(({ key }) => key);
    const entry = access("a", {
        audit: keys("AUDIT"),
        deny: policies.filter(({ action }) => action === "DENY").map(({ key }) => key),
        allow: keys("ALLOW").length > 0 ? [keys("ALLOW")] : [],
        ...more,
    });
    return new Gateway(
        delta(1, {
            virtualHosts: [host],
            routeTables: [{ key: "http.80", port: 80, origin: ORIGIN, access: "a" }],
            access: [entry],
            authorizations: policies,
        }),
    );
}

type More = Parameters<Gateway["ask"]>[1];
const statusOf = (asked: Asked): number | undefined => asked.response.status;

/** Whether a policy of one rule matches the request: by what a DENY of it does, which an ALLOW of it does not. */
function matches(rule: AuthorizationRule, target: string, more: More = {}, connection: Partial<ConnectionInfo> = {}): boolean {
    const asked = (action: NonNullable<AuthorizationPolicy["action"]>): number | undefined =>
        statusOf(gatewayWith([policyOf("one", { action, rules: [rule] })]).ask(target, more, connection));
    const [denied, allowed] = [asked("DENY"), asked("ALLOW")];
    assert.deepEqual([denied, allowed].sort(), [200, 403], "what is denied is what would be allowed");
    return denied === 403;
}

const to = (operation: object): AuthorizationRule => ({ to: [{ operation }] });
const from = (source: object): AuthorizationRule => ({ from: [{ source }] });
const when = (key: string, ...values: string[]): AuthorizationRule => ({ when: [{ key, values }] });

describe("a rule of an AuthorizationPolicy", () => {
    const cases: readonly (readonly [
        said: string,
        rule: AuthorizationRule,
        target: string,
        more: Partial<RequestHead>,
        isMatch: boolean,
    ])[] = [
        ["a path", to({ paths: ["/admin"] }), "h/admin?x=/y", {}, true],
        ["not a path below it", to({ paths: ["/admin"] }), "h/admin/", {}, false],
        ["paths below it", to({ paths: ["/admin*"] }), "h/x/../admin/users", {}, true],
        ["a path that is spelled with escapes", to({ paths: ["/admin*"] }), "h/%61dmin", {}, true],
        ["as Istio does, not what begins with two slashes", to({ paths: ["/admin*"] }), "h//admin", {}, false],
        ["the end of a path", to({ paths: ["*.key"] }), "h/a/b.key?c", {}, true],
        ["a template", to({ paths: ["/users/{*}/keys/{**}"] }), "h/users/ann/keys/", {}, true],
        ["other paths", to({ notPaths: ["/public/*"] }), "h/private", {}, true],
        ["no excepted path", to({ notPaths: ["/public/*"] }), "h/public/a", {}, false],
        ["a method", to({ methods: ["DELETE"] }), "h/", { method: "DELETE" }, true],
        ["another method", to({ methods: ["DELETE"] }), "h/", { method: "delete" }, false],
        ["a host, whatever its case", to({ hosts: ["Shop.test"] }), "SHOP.TEST/", {}, true],
        ["a host with its port only where that is said", to({ hosts: ["shop.test"] }), "shop.test:80/", {}, false],
        ["a host with any port", to({ hosts: ["shop.test:*"] }), "Shop.test:8080/", {}, true],
        ["hosts below a name", to({ hosts: ["*.shop.test"] }), "a.b.shop.TEST/", {}, true],
        ["any host, be it empty", to({ hosts: ["*"] }), "/", {}, true],
        ["a port of the pod", to({ ports: ["8080"] }), "h/", {}, true],
        ["no other port", to({ ports: ["80"] }), "h/", {}, false],
        ["a header", when("request.headers[X-Role]", "admin"), "h/", { headers: ["x-role", "admin"] }, true],
        [
            "each line of a header by itself",
            when("request.headers[x-role]", "admin"),
            "h/",
            { headers: ["x-role", "a", "x-role", "admin"] },
            true,
        ],
        [
            "not the lines together",
            when("request.headers[x-role]", "a,admin"),
            "h/",
            { headers: ["x-role", "a", "x-role", "admin"] },
            false,
        ],
        ["a header that is there and empty", when("request.headers[x-role]", "*"), "h/", { headers: ["x-role", ""] }, true],
        ["not one that is not there", when("request.headers[x-role]", "*"), "h/", {}, false],
        ["the length of a body", when("request.headers[content-length]", "3"), "h/", { headers: ["content-length", "3"] }, true],
        ["the authority as a header", when("request.headers[:authority]", "h:80"), "h:80/", {}, true],
        ["the peer", from({ ipBlocks: ["192.0.2.0/28"] }), "h/", { headers: ["x-forwarded-for", "10.0.0.1"] }, true],
        [
            "as the client the peer, where no hop is trusted",
            from({ remoteIpBlocks: ["192.0.2.7"] }),
            "h/",
            { headers: ["x-forwarded-for", "10.0.0.1"] },
            true,
        ],
        ["other peers", from({ notIpBlocks: ["192.0.2.0/28"] }), "h/", {}, false],
        ["the address that was connected to", when("destination.ip", "192.0.2.1"), "h/", {}, true],
        ["one of several alternatives", { to: [{ operation: { paths: ["/a"] } }, { operation: { paths: ["/b"] } }] }, "h/b", {}, true],
        ["all fields of one", to({ paths: ["/a"], methods: ["POST"] }), "h/a", {}, false],
        ["where source and operation both do", { ...from({ ipBlocks: ["10.0.0.0/8"] }), ...to({ paths: ["/"] }) }, "h/", {}, false],
        ["everything, with nothing said", {}, "h/", {}, true],
        ["nobody's identity without TLS", from({ principals: ["*"] }), "h/", {}, false],
        ["nobody's token without one", from({ requestPrincipals: ["*"] }), "h/", {}, false],
        ["who has no token", from({ notRequestPrincipals: ["*"] }), "h/", {}, true],
    ];
    for (const [said, rule, target, more, isMatch] of cases)
        it(`${isMatch ? "matches" : "does not match"} ${said}`, () => assert.equal(matches(rule, target, more), isMatch));

    const identity = (principals: readonly string[] | undefined): Partial<ConnectionInfo> => ({ tls: { principals } as HandshakeInfo });
    const ANN = "spiffe://cluster.local/ns/shop/sa/ann";
    const identities: readonly (readonly [said: string, source: object, principals: readonly string[] | undefined, isMatch: boolean])[] = [
        ["its name", { principals: ["cluster.local/ns/shop/sa/ann"] }, ["https://other", ANN], true],
        ["another name", { principals: ["cluster.local/ns/shop/sa/bob"] }, [ANN], false],
        ["any certificate", { principals: ["*"] }, [], true],
        ["no certificate", { principals: ["*"] }, undefined, false],
        ["its namespace", { namespaces: ["sh*"] }, [ANN], true],
        ["its account", { serviceAccounts: ["ann"] }, [ANN], true],
        ["its account of another namespace", { serviceAccounts: ["other/ann"] }, [ANN], false],
        ["other namespaces, of a certificate without a name", { notNamespaces: ["shop"] }, [], true],
    ];
    for (const [said, source, principals, isMatch] of identities)
        it(`${isMatch ? "matches" : "does not match"} a client by ${said}`, () => {
            assert.equal(matches(from(source), "h/", {}, identity(principals)), isMatch);
        });
});

describe("AuthorizationPolicies", () => {
    it("deny before they allow, and name the rule", () => {
        const gateway = gatewayWith([
            policyOf("deny", { action: "DENY", rules: [to({ paths: ["/x"] }), to({ paths: ["/admin"] })] }),
            policyOf("allow", { action: "ALLOW", rules: [to({ methods: ["GET"] })] }),
        ]);
        const { response, record } = gateway.ask("h/admin");
        assert.deepEqual(
            [response.status, response.body, valueOf(response.headers, "content-type")],
            [403, "RBAC: access denied", "text/plain"],
        );
        assert.equal(record().details, "rbac_access_denied_matched_policy[ns[shop]-policy[deny]-rule[1]]");
        assert.deepEqual(record().policyMarks, [{ effect: "denied", policy: "shop/deny", rule: "ns[shop]-policy[deny]-rule[1]" }]);
        assert.equal(statusOf(gateway.ask("h/")), 200);
        const post = gateway.ask("h/", { method: "POST" });
        assert.equal(post.record().details, "rbac_access_denied_matched_policy[none]");
    });

    it("answer gRPC as its clients read it", () => {
        const gateway = gatewayWith([policyOf("deny", { action: "DENY", rules: [{}] })]);
        const { response } = gateway.ask("h/", { headers: ["content-type", "application/grpc"] });
        assert.deepEqual(
            [response.status, valueOf(response.headers, "grpc-status"), valueOf(response.headers, "grpc-message")],
            [200, "7", "RBAC: access denied"],
        );
    });

    it("that allow and have no rule let nobody in; that deny and have none keep nobody out", () => {
        assert.equal(statusOf(gatewayWith([policyOf("a", { action: "ALLOW", rules: [] })]).ask("h/")), 403);
        assert.equal(statusOf(gatewayWith([policyOf("d", { action: "DENY", rules: [] })]).ask("h/")), 200);
    });

    it("want one of each list that allows", () => {
        const policies = [policyOf("get", { rules: [to({ methods: ["GET"] })] }), policyOf("a", { rules: [to({ paths: ["/a"] })] })];
        const both = gatewayWith(policies, { allow: [["shop/get"], ["shop/a"]] });
        assert.deepEqual(
            [statusOf(both.ask("h/a")), statusOf(both.ask("h/b")), statusOf(both.ask("h/a", { method: "PUT" }))],
            [200, 403, 403],
        );
    });

    it("only tell in a dry run, and where they audit", () => {
        const gateway = gatewayWith(
            [
                policyOf("audit", { action: "AUDIT", rules: [{}] }),
                policyOf("dry", { action: "DENY", rules: [to({ paths: ["/x"] })] }, { dryRun: true }),
                policyOf("dry-allow", { action: "ALLOW", rules: [to({ paths: ["/x"] })] }, { dryRun: true }),
            ],
            { allow: [["shop/dry-allow"]] },
        );
        const marks = (path: string): unknown => {
            const { response, record } = gateway.ask(path);
            assert.equal(response.status, 200);
            return record().policyMarks.map(({ effect, policy }) => `${effect} ${policy}`);
        };
        assert.deepEqual(marks("h/x"), ["audited shop/audit", "would-deny shop/dry", "would-allow shop/dry-allow"]);
        assert.deepEqual(marks("h/y"), ["audited shop/audit", "would-deny none"]);
    });

    it("answer before a redirect, a fault, CORS and 404, without what these do to their own answers", () => {
        const response = { remove: [], set: [["x-frame-options", "DENY"]], add: [] } as const;
        const host = virtualHost("shop.test", [
            route({ kind: "redirect", status: 301, authority: "other.test" }, { match: prefix("/old"), response }),
            route(forwardTo("c"), { match: prefix("/abort"), fault: { abort: { percent: 100, status: 503 } }, response }),
        ]);
        const gateway = gatewayWith([policyOf("deny", { action: "DENY", rules: [{}] })], {}, host);
        const given = (target: string): unknown => {
            const { status, headers } = gateway.ask(target).response;
            return [status, valueOf(headers, "x-frame-options")];
        };
        assert.deepEqual(given("shop.test/abort"), [403, "DENY"]);
        // What a redirect says is for answers of its own.
        assert.deepEqual(given("shop.test/old"), [403, undefined]);
        assert.equal(statusOf(gateway.ask("other.test/")), 403);
    });

    it("of a thousand hosts are asked by the request's own: in Envoy's order, whatever finds them", () => {
        const policies = Array.from({ length: 1000 }, (_, at) =>
            policyOf(`p${at}`, { action: "DENY", rules: [to({ hosts: [`h${at}.test`, `h${at}.test:*`], paths: ["/admin*"] })] }),
        );
        const gateway = gatewayWith([
            ...policies,
            policyOf("wild", { action: "DENY", rules: [to({ hosts: ["*.test"], paths: ["/admin/x", "/wild"] })] }),
            policyOf("z", { action: "DENY", rules: [to({ paths: ["/admin/x", "/z"] })] }),
        ]);
        const named = (target: string): string =>
            gateway
                .ask(target)
                .record()
                .details.replace(/.*policy\[(\w+)\]-.*/, "$1");
        assert.deepEqual(
            ["h7.test/admin", "H7.test:81/admin", "h7.test/admin/x", "q.test/admin/x", "q.test/wild", "h7.test/z", "q/admin/x"].map(named),
            ["p7", "p7", "p7", "wild", "wild", "z", "z"],
        );
        for (const target of ["h7.test/", "h7.test.:80/admin", "h7/admin"]) assert.equal(statusOf(gateway.ask(target)), 200, target);
    });

    it("keep a header that they look at from having a double", () => {
        const gateway = gatewayWith([policyOf("a", { rules: [when("request.headers[x-role]", "user")] })]);
        const { dropped, response } = gateway.ask("h/", { headers: ["x-role", "user", "x_role", "admin"] });
        assert.deepEqual([response.status, dropped], [200, ["x_role"]]);
        const denying = gatewayWith([policyOf("d", { action: "DENY", rules: [when("request.headers[x-role]", "admin")] })]);
        assert.deepEqual(denying.ask("h/", { headers: ["x_role", "admin"] }).dropped, ["x_role"]);
    });

    it("compare claims as texts and lists of texts", () => {
        const payload = { iss: "https://i/x", sub: "a/b", aud: ["shop"], n: 1, realm: { roles: ["admin", 7] }, scope: "a b" };
        const holds = (rule: AuthorizationRule): boolean => claimHolds(rule, payload);
        assert.equal(holds(when("request.auth.claims[realm][roles]", "adm*")), true);
        assert.equal(holds(when("request.auth.claims[n]", "1")), false);
        assert.equal(holds(when("request.auth.claims[constructor]", "*")), false);
        assert.equal(holds(when("request.auth.audiences", "shop")), true);
        assert.equal(holds(from({ requestPrincipals: ["https://i/x/a/b"] })), false);
        assert.equal(holds(from({ requestPrincipals: ["https://i/*"] })), false);
        assert.equal(holds(from({ requestPrincipals: ["*"] })), true);
    });
});

function claimHolds(rule: AuthorizationRule, payload: Readonly<Record<string, unknown>>): boolean {
    const { rules } = bindPolicy(policyOf("one", { action: "DENY", rules: [rule] }));
    const info = { remoteAddress: "", localAddress: "", localPort: 0, serverName: "", tls: undefined };
    return ruleHolds(rules[0]!, { ...judgedConnection(info), payload });
}
