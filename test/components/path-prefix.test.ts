/** A prefix by segment: what it takes, and what a rewrite makes of it, as Kubernetes' HTTPRoute has it. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, it } from "mocha";
import { VirtualHost } from "pulumi-gatehouse";
import { matchesOfRoute } from "../../components/destination";
import { buildVirtualService, virtualHostCandidates } from "../../components/virtual-host/objects";
import { planVirtualHost, type VirtualHostData } from "../../components/virtual-host/plan";
import { UNKNOWN, type Fault } from "../../components/arguments";
import { evaluated, refusal } from "./support/evaluation";
import { ingressRef } from "./support/refs";

const destination = { host: "web" };
const TO = [{ destination: { host: "web.edge.svc.cluster.local" } }];
type Route = NonNullable<VirtualHostData["http"]>[number];
const plan = (route: Route) => planVirtualHost("web", { gateway: ingressRef(), hosts: ["web.example.com"], http: [route] });
const rule = (route: Omit<Route, "route">) => buildVirtualService(plan({ ...route, route: [{ destination }] })).spec.http?.[0];

/** What Istio makes of a path by a rule's conditions and its rewrite; undefined: the rule does not take it. */
function served(route: Parameters<typeof matchesOfRoute>[0], path: string): string | undefined {
    const { match = [], rewrite } = matchesOfRoute(route);
    for (const { uri, ignoreUriCase } of match) {
        const same = (text: string): string => (ignoreUriCase === true ? text.toLowerCase() : text);
        const exact = uri !== undefined && "exact" in uri ? uri.exact : undefined;
        const prefix = uri !== undefined && "prefix" in uri ? uri.prefix : undefined;
        const taken = exact === undefined ? prefix !== undefined && same(path).startsWith(same(prefix)) : same(path) === same(exact);
        if (!taken) continue;
        if (rewrite?.uriRegexRewrite) {
            const { match: pattern = "", rewrite: text = "" } = rewrite.uriRegexRewrite;
            const [, flags = "", rest = ""] = /^(?:\(\?(i)\))?(.*)$/.exec(pattern) ?? [];
            return path.replace(new RegExp(rest, flags), () => text.replaceAll("\\\\", "\\"));
        }
        return rewrite?.uri === undefined ? path : rewrite.uri + path.slice((exact ?? prefix ?? "").length);
    }
    return undefined;
}

describe("a route's pathPrefix", () => {
    it("is two conditions of Istio's, or one where it takes everything, with whatever else is wanted in each", () => {
        assert.deepEqual(rule({ pathPrefix: "/foo" })?.match, [{ uri: { exact: "/foo" } }, { uri: { prefix: "/foo/" } }]);
        assert.deepEqual(rule({ pathPrefix: "/foo/" })?.match, [{ uri: { exact: "/foo" } }, { uri: { prefix: "/foo/" } }]);
        assert.deepEqual(rule({ pathPrefix: "/" })?.match, [{ uri: { prefix: "/" } }]);
        const method = { method: { exact: "GET" } };
        assert.deepEqual(rule({ pathPrefix: "/a", match: [method, { port: 443 }] })?.match, [
            { uri: { exact: "/a" }, ...method },
            { uri: { prefix: "/a/" }, ...method },
            { uri: { exact: "/a" }, port: 443 },
            { uri: { prefix: "/a/" }, port: 443 },
        ]);
        assert.ok(!("pathPrefix" in (rule({ pathPrefix: "/a" }) ?? {})));
    });

    it("takes the path and what is below it, and a rewrite takes its place alone", () => {
        const segment = fc.stringMatching(/^[a-z.+$(\\[]{1,4}$/);
        const segments = fc.array(segment, { minLength: 1, maxLength: 3 });
        const cases = fc.record({ prefix: segments, below: fc.array(segment, { maxLength: 3 }), tail: fc.constantFrom("", "/") });
        fc.assert(
            fc.property(cases, segments, fc.boolean(), ({ prefix, below, tail }, target, ignoreUriCase) => {
                const pathPrefix = `/${prefix.join("/")}`;
                const rest = below.map((one) => `/${one}`).join("") + tail;
                const match = ignoreUriCase ? { match: [{ ignoreUriCase }] } : {};
                assert.equal(served({ pathPrefix, ...match }, pathPrefix + rest), pathPrefix + rest);
                assert.equal(served({ pathPrefix, ...match }, `${pathPrefix}x${rest}`), undefined);
                const uri = `/${target.join("/")}`;
                assert.equal(served({ pathPrefix, ...match, rewrite: { uri } }, pathPrefix + rest), uri + rest);
                const upper = pathPrefix.toUpperCase() + rest;
                if (ignoreUriCase) assert.equal(served({ pathPrefix, ...match, rewrite: { uri } }, upper), uri + rest);
            }),
            { numRuns: 300 },
        );
        for (const [path, wanted] of [
            ["/foo", "/"],
            ["/foo/", "/"],
            ["/foo/bar", "/bar"],
            ["/foobar", undefined],
        ] as const)
            assert.equal(served({ pathPrefix: "/foo", rewrite: { uri: "/" } }, path), wanted, path);
        for (const [path, wanted] of [
            ["/", "/x/"],
            ["/foo/bar", "/x/foo/bar"],
        ] as const)
            assert.equal(served({ pathPrefix: "/", rewrite: { uri: "/x" } }, path), wanted, path);
    });

    it("is named where it is no path, and where a condition says a path too", async () => {
        const host = (route: object) => () => {
            const http = [{ ...route, route: [{ destination: { host: "web" } }] }];
            void new VirtualHost("web", { gateway: ingressRef(), hosts: ["web.example.com"], http } as never);
        };
        for (const wrong of ["foo", "", "/a?b=c"])
            assert.match(
                await refusal(host({ pathPrefix: wrong })),
                /http\[0\]\.pathPrefix: .*wanted a path that begins with \/, without a query\. Write it as/,
                wrong,
            );
        assert.match(await refusal(host({ pathPrefix: 1 })), /http\[0\]\.pathPrefix/);
        assert.match(
            await refusal(host({ pathPrefix: "/a", match: [{ uri: { prefix: "/b" } }] })),
            /http\[0\]\.match\[0\]\.uri: http\[0\]\.pathPrefix says the path too\. Keep one of the two\./,
        );
        await evaluated(host({ pathPrefix: "/a", match: [{ method: { exact: "GET" } }] }));
    });

    it("may come later, and decides then on what there is", () => {
        assert.deepEqual(rule({ pathPrefix: UNKNOWN, rewrite: { uri: "/a" } }), { match: UNKNOWN, rewrite: UNKNOWN, route: TO });
        assert.deepEqual(rule({ pathPrefix: "/a", rewrite: { uri: UNKNOWN } })?.rewrite, UNKNOWN);
    });

    it("is where a fault of what it makes is said to be", () => {
        const faults: Fault[] = [];
        const [, routing] = virtualHostCandidates(
            plan({ pathPrefix: "/a", match: [{ port: 1 }, { port: 2 }], rewrite: { uri: "/b" }, route: [{ destination }] }),
            faults,
        );
        const place = (field: string): string | undefined => routing?.argumentOf(field);
        assert.equal(place("spec.http[0].match[3].uri"), "http[0].pathPrefix");
        assert.equal(place("spec.http[0].match[3].port"), "http[0].match[1].port");
        assert.equal(place("spec.http[0].rewrite.uriRegexRewrite"), "http[0].rewrite.uri");
    });
});
