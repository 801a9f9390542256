/** What a gateway's options make of requests: whom they take for the client, what is said of its certificate, of the path, of us. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, it } from "mocha";
import type { GatewayOptions } from "../../../istio/semantics";
import { clientBeyond } from "../../../proxy/exchange/features/edge-headers";
import type { ConnectionInfo, HeaderList } from "../../../proxy/http/doors";
import { mergeSlashes, normalisePath, unescapeSlashes } from "../../../istio/semantics/path";
import { listenerRules } from "../../../proxy/snapshot";
import { access, policyOf } from "../snapshot/access-entries";
import { delta, forwardTo, NO_RETRY, ORIGIN, route, virtualHost } from "../snapshot/entries";
import { eventually } from "../../support/eventually";
import { Gateway, valueOf, type Asked } from "./asking";

const TABLES = delta(1, {
    virtualHosts: [virtualHost("*", [route({ kind: "direct", status: 200 })])],
    routeTables: [{ key: "http.80", port: 80, origin: ORIGIN, access: "a" }],
    access: [access("a", { deny: ["shop/one"] })],
    authorizations: [
        policyOf("one", {
            action: "DENY",
            rules: [{ from: [{ source: { remoteIpBlocks: ["10.0.0.0/8"] } }] }, { to: [{ operation: { paths: ["/admin*"] } }] }],
        }),
    ],
});

function ask(options: GatewayOptions, headers: HeaderList, connection: Partial<ConnectionInfo> = {}, target = "h/"): Asked {
    return new Gateway(TABLES).ask(target, { headers }, { edge: listenerRules({ options }).edge, ...connection });
}

describe("trusted proxies by their addresses", () => {
    const TRUSTED: GatewayOptions = { trustedProxies: ["192.0.2.0/24", "2001:db8::/32"] };
    const rows: readonly (readonly [said: readonly string[], client: string, peer?: string])[] = [
        [["10.0.0.1"], "10.0.0.1"],
        [["6.6.6.6, 10.0.0.1"], "10.0.0.1"],
        [["10.0.0.1, 192.0.2.9,2001:db8::7"], "10.0.0.1"],
        [["10.0.0.1", "192.0.2.9"], "10.0.0.1"],
        [["192.0.2.8,192.0.2.9"], "192.0.2.8"],
        [[], "192.0.2.7"],
        [["nobody"], "192.0.2.7"],
        [["10.0.0.1, nobody, 192.0.2.9"], "192.0.2.7"],
        [["10.0.0.1,"], "192.0.2.7"],
        [["10.0.0.1"], "203.0.113.5", "203.0.113.5"],
        [["::ffff:10.0.0.1"], "10.0.0.1"],
    ];
    for (const [said, client, peer = "192.0.2.7"] of rows)
        it(`make ${client} the client of ${peer} that says ${said.join(" and ") || "nothing"}`, () => {
            const { response, record } = ask(
                TRUSTED,
                said.flatMap((line) => ["x-forwarded-for", line]),
                { remoteAddress: peer },
            );
            assert.equal(record().remoteAddress, client);
            assert.equal(response.status, client.startsWith("10.") ? 403 : 200);
            assert.equal(valueOf(record().requestHeaders, "x-envoy-external-address"), client);
            assert.equal(valueOf(record().requestHeaders, "x-forwarded-for"), [...said, peer].join(","));
        });

    it("count before a number of them, and are believed about the scheme", () => {
        const headers = (): HeaderList => ["x-forwarded-for", "10.0.0.1, 203.0.113.9", "x-forwarded-proto", "https"];
        const { record } = ask(TRUSTED, headers(), { remoteAddress: "192.0.2.7", trustedProxies: 2 });
        assert.equal(record().remoteAddress, "203.0.113.9");
        assert.equal(valueOf(record().requestHeaders, "x-forwarded-proto"), "https");
        const stranger = ask(TRUSTED, headers(), { remoteAddress: "203.0.113.5", trustedProxies: 2 });
        assert.equal(stranger.record().remoteAddress, "203.0.113.5");
        assert.equal(valueOf(stranger.record().requestHeaders, "x-forwarded-proto"), "http");
    });

    it("are asked of whom a PROXY protocol's header says that the connection is", () => {
        const headers = (): HeaderList => ["x-forwarded-for", "10.0.0.1"];
        const direct = { remoteAddress: "127.0.0.1", remotePort: 1, localAddress: "127.0.0.1", localPort: 1 };
        assert.equal(ask(TRUSTED, headers(), { remoteAddress: "203.0.113.5", direct }).record().remoteAddress, "203.0.113.5");
        assert.equal(ask(TRUSTED, headers(), { remoteAddress: "192.0.2.7", direct }).record().remoteAddress, "10.0.0.1");
    });

    it("never let a client choose what stands before the first that is not trusted", () => {
        const isTrusted = (address: string): boolean => address.startsWith("192.0.2.");
        const trusted = fc.nat(255).map((last) => `192.0.2.${last}`);
        fc.assert(
            fc.property(fc.string({ maxLength: 30 }), fc.ipV4(), fc.array(trusted, { maxLength: 4 }), (own, client, hops) => {
                fc.pre(!isTrusted(client));
                assert.equal(clientBeyond(isTrusted, [own, client, ...hops].join(",")), client);
            }),
        );
    });
});

describe("variables of headers", () => {
    it("say whose a connection is, and beside it what its socket says", () => {
        const told = ["REMOTE_ADDRESS", "DIRECT_REMOTE_ADDRESS", "LOCAL_PORT", "DIRECT_LOCAL_PORT"]
            .map((name) => `%DOWNSTREAM_${name}%`)
            .join(" ");
        const ops = { remove: [], set: [["x-told", told]] as [string, string][], add: [] };
        const action = { kind: "direct", status: 200 } as const;
        const tables = delta(1, { virtualHosts: [virtualHost("*", [route(action, { response: ops })])] });
        const direct = { remoteAddress: "10.0.0.9", remotePort: 7, localAddress: "10.0.0.1", localPort: 8443 };
        const { response } = new Gateway(tables).ask("h/", {}, { remoteAddress: "203.0.113.5", remotePort: 9, localPort: 443, direct });
        assert.equal(valueOf(response.headers, "x-told"), "203.0.113.5:9 10.0.0.9:7 443 8443");
    });
});

describe("what is passed on of a client's certificate", () => {
    const own = "Hash=aa";
    const rows: readonly (readonly [
        mode: GatewayOptions["forwardClientCertDetails"],
        mtls: string | undefined,
        plain: string | undefined,
    ])[] = [
        [undefined, own, undefined],
        ["SANITIZE", undefined, undefined],
        ["SANITIZE_SET", own, undefined],
        ["FORWARD_ONLY", "By=x,By=y", undefined],
        ["APPEND_FORWARD", `By=x,By=y,${own}`, undefined],
        ["ALWAYS_FORWARD_ONLY", "By=x,By=y", "By=x,By=y"],
    ];
    for (const [mode, mtls, plain] of rows)
        it(`is as ${mode ?? "nothing"} says`, () => {
            const options = mode ? { forwardClientCertDetails: mode } : {};
            const headers = (): HeaderList => ["x-forwarded-client-cert", "By=x", "x-forwarded-client-cert", "By=y"];
            const passed = (forwardedClientCert: string): string | undefined =>
                valueOf(ask(options, headers(), { forwardedClientCert }).record().requestHeaders, "x-forwarded-client-cert");
            assert.deepEqual([passed(own), passed("")], [mtls, plain]);
        });
});

describe("the headers that a gateway adds for backends", () => {
    const tables = delta(1, {
        virtualHosts: [virtualHost("*", [route(forwardTo("c", { retry: { ...NO_RETRY, attempts: 1, on: ["reset"] } }))])],
    });
    const forwarded = (options: GatewayOptions, headers: HeaderList, connection: Partial<ConnectionInfo> = {}) => {
        const gateway = new Gateway(tables, "c");
        const asked = gateway.ask("h/", { headers }, { edge: listenerRules({ options }).edge, ...connection });
        gateway.cluster().last.answer(200);
        return { ...asked, said: (name: string) => valueOf(gateway.cluster().last.head.headers, name) };
    };

    it("are a new request id, but where none is to be made: then a client's own is passed on", () => {
        const said = ["x-request-id", "mine"];
        const fresh = forwarded({}, [...said]).said("x-request-id");
        assert.match(fresh ?? "", /^[0-9a-f]{8}-/);
        const kept = forwarded({ generateRequestId: false }, [...said]);
        assert.deepEqual([kept.said("x-request-id"), kept.record().requestId], ["mine", "mine"]);
        const none = forwarded({ generateRequestId: false }, []);
        assert.deepEqual([none.said("x-request-id"), none.record().requestId], [undefined, ""]);
        assert.equal(forwarded({ generateRequestId: false }, [...said, ...said]).said("x-request-id"), "mine,mine");
        assert.equal(forwarded({ generateRequestId: false }, [], { outbound: true }).said("x-request-id"), undefined);
        assert.equal(forwarded({ generateRequestId: false }, [...said], { outbound: true }).said("x-request-id"), "mine");
    });

    it("tell how often a request was tried, but where that is not to be told", async () => {
        const counts = async (options: GatewayOptions): Promise<(string | undefined)[]> => {
            const gateway = new Gateway(tables, "c");
            gateway.ask("h/", { headers: ["x-envoy-attempt-count", "7"] }, { edge: listenerRules({ options }).edge });
            const { requests } = gateway.cluster();
            requests[0]!.receiver.onResponseReset("connection-closed", true, "");
            await eventually(() => assert.equal(requests.length, 2, "it is sent again"));
            return requests.map((one) => one.header("x-envoy-attempt-count"));
        };
        assert.deepEqual(await counts({}), ["1", "2"]);
        assert.deepEqual(await counts({ attemptCount: false }), [undefined, undefined]);
    });
});

describe("the header that tells who serves", () => {
    const of = (server: GatewayOptions["serverHeader"], backend?: string): string | undefined => {
        const tables = delta(1, { virtualHosts: [virtualHost("*", [route(forwardTo("c"))])] });
        const gateway = new Gateway(tables, "c");
        const asked = gateway.ask("h/", {}, { edge: listenerRules({ options: server ? { serverHeader: server } : {} }).edge });
        gateway.cluster().last.answer(200, backend === undefined ? [] : ["server", backend]);
        return valueOf(asked.response.headers, "server");
    };
    it("goes alone where what the proxy says of itself is not wanted outside", () => {
        const tables = delta(1, { virtualHosts: [virtualHost("*", [route(forwardTo("c"))])] });
        const left = (options: GatewayOptions): (string | undefined)[] => {
            const gateway = new Gateway(tables, "c");
            const asked = gateway.ask("h/", {}, { edge: listenerRules({ options }).edge });
            gateway.cluster().last.answer(200, ["x-envoy-decorator-operation", "inside", "x-a", "1"]);
            return ["x-envoy-decorator-operation", "x-a"].map((name) => valueOf(asked.response.headers, name));
        };
        assert.deepEqual(left({ stripEnvoyHeaders: true }), [undefined, "1"]);
        assert.deepEqual(left({}), ["inside", "1"]);
        const asked = new Gateway(tables, "c");
        const { response } = asked.ask("h/", {}, { edge: listenerRules({ options: { stripEnvoyHeaders: true } }).edge });
        asked.cluster().last.answer(200);
        assert.equal(
            response.headers.some((name) => name.startsWith("x-envoy-")),
            false,
        );
    });
    it("is ours, or as the options have it", () => {
        assert.equal(of(undefined, "app"), of(undefined));
        assert.deepEqual([of({ mode: "overwrite", value: "shop" }, "app"), of({ mode: "overwrite", value: "shop" })], ["shop", "shop"]);
        assert.deepEqual(
            [of({ mode: "append-if-absent", value: "shop" }, "app"), of({ mode: "append-if-absent", value: "shop" })],
            ["app", "shop"],
        );
        assert.deepEqual([of({ mode: "pass-through" }, "app"), of({ mode: "pass-through" })], ["app", undefined]);
        assert.deepEqual([of({ mode: "none" }, "app"), of({ mode: "none" })], [undefined, undefined]);
    });
});

describe("slashes in a path", () => {
    const judged = (options: GatewayOptions, path: string): unknown[] => {
        const { response, record } = ask(options, [], {}, `h${path}`);
        return [response.status, record().path, ...(response.status === 307 ? [valueOf(response.headers, "location")] : [])];
    };
    it("stay as they are by default", () => {
        assert.deepEqual(judged({}, "/a//b%2Fc"), [200, "/a//b%2Fc"]);
        assert.deepEqual(judged({}, "//admin"), [200, "//admin"]);
    });
    it("are merged, and rules are asked of what comes out", () => {
        assert.deepEqual(judged({ mergeSlashes: true }, "//a///b/?x=//"), [200, "/a/b/?x=//"]);
        assert.deepEqual(judged({ mergeSlashes: true }, "///admin"), [403, "/admin"]);
        assert.deepEqual(judged({ mergeSlashes: true }, "/x/..//admin"), [403, "/admin"]);
        assert.deepEqual(judged({ mergeSlashes: true }, "/\\admin"), [403, "/admin"]);
    });
    it("that are written otherwise lead no client of gRPC away, as none follows", () => {
        const { response } = ask({ pathWithEscapedSlashes: "redirect" }, ["content-type", "application/grpc"], {}, "h/a%2fb");
        assert.equal(valueOf(response.headers, "location"), undefined);
        assert.equal(valueOf(response.headers, "grpc-status"), "13");
    });
    it("that are written otherwise are refused, redirected or passed on, as is wanted", () => {
        assert.deepEqual(judged({ pathWithEscapedSlashes: "reject" }, "/a%2fb"), [400, "/a%2fb"]);
        assert.deepEqual(judged({ pathWithEscapedSlashes: "reject" }, "/a?x=%2f"), [200, "/a?x=%2f"]);
        assert.deepEqual(judged({ pathWithEscapedSlashes: "forward" }, "/a%5c..%2fadmin"), [403, "/admin"]);
        assert.deepEqual(judged({ pathWithEscapedSlashes: "redirect" }, "/a%2fb?x=%2f"), [307, "/a/b?x=%2f", "http://h/a/b?x=%2f"]);
        assert.deepEqual(judged({ pathWithEscapedSlashes: "redirect" }, "/%2fevil.example"), [
            307,
            "//evil.example",
            "http://h//evil.example",
        ]);
        assert.deepEqual(judged({ pathWithEscapedSlashes: "forward", mergeSlashes: true }, "/%2f%2Fadmin"), [403, "/admin"]);
    });
    it("come out in one form, and nothing more is found in it", () => {
        const part = fc.constantFrom("/", "//", ".", "..", "a", "%2f", "%2F", "%5C", "\\", "%25", "%2e", "?", "%2", "x");
        fc.assert(
            fc.property(fc.array(part, { maxLength: 12 }), (parts) => {
                const once = normalisePath(unescapeSlashes(`/${parts.join("")}`));
                if (once === undefined) return;
                const merged = mergeSlashes(once);
                const [path = ""] = merged.split("?");
                assert.doesNotMatch(path, /\/\/|%2f|%5c|\\/i);
                assert.equal(mergeSlashes(normalisePath(merged) ?? ""), merged);
            }),
        );
    });
});
