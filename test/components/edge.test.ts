/** Settings of whole hosts of a VirtualHost and of an IngressGateway: what carries them, and what is said before anything is made. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, it } from "mocha";
import * as gatehouse from "pulumi-gatehouse";
import * as pulumi from "@pulumi/pulumi";
import type { HTTPRoute } from "../../istio";
import {
    COMPRESSION_ANNOTATION,
    MAINTENANCE_ANNOTATION,
    readRedirectMap,
    REDIRECTS_ANNOTATION,
    REDIRECTS_LABEL,
    SECURITY_HEADERS_ANNOTATION,
} from "../../istio/semantics";
import { evaluated, object, refusal } from "./support/evaluation";
import { ingressRef } from "./support/refs";

const http = [{ route: [{ destination: { host: "web.shop.svc.cluster.local" } }] }];
const ISTIO = { gateway: { ...ingressRef(), dataPlane: "istio" } };

const host = (more: object): gatehouse.VirtualHost<object> =>
    new gatehouse.VirtualHost("shop", { gateway: ingressRef(), hosts: ["shop.test"], http, ...more } as never);
const gateway = (more: object): gatehouse.IngressGateway => new gatehouse.IngressGateway("edge", { namespace: "edge", ...more } as never);

interface Made {
    readonly metadata: { readonly annotations?: Readonly<Record<string, string>> };
    readonly spec: { readonly http?: readonly HTTPRoute[] };
}

async function made(kind: string, name: string, program: () => unknown): Promise<Made> {
    return object(await evaluated(program), kind, name) as unknown as Made;
}

describe("securityHeaders", () => {
    it("of a VirtualHost are its VirtualService's, of an IngressGateway its Service's", async () => {
        const tuned = { hsts: false, frameAncestors: "'none'" };
        const ofHost = await made("VirtualService", "shop", () => host({ securityHeaders: tuned }));
        assert.deepEqual(JSON.parse(ofHost.metadata.annotations?.[SECURITY_HEADERS_ANNOTATION] ?? ""), tuned);
        assert.deepEqual(ofHost.spec.http?.[0]?.headers, undefined);
        const ofGateway = await made("Service", "edge", () => gateway({ securityHeaders: true }));
        assert.equal(ofGateway.metadata.annotations?.[SECURITY_HEADERS_ANNOTATION], "true");
    });

    it("are judged before anything is made, each by its place", async () => {
        const rows: [value: unknown, wanted: RegExp][] = [
            [{ hsts: { preload: true } }, /securityHeaders\.hsts\.preload: wants includeSubDomains/],
            [{ referrerPolicy: "none" }, /securityHeaders\.referrerPolicy: got "none", wanted off or one of/],
        ];
        for (const [securityHeaders, wanted] of rows) {
            assert.match(await refusal(() => host({ securityHeaders })), wanted);
            assert.match(await refusal(() => gateway({ securityHeaders })), wanted);
        }
    });

    it("may name what the same program makes, for either proxy, and are judged once that is there", async () => {
        const cdn = pulumi.output(Promise.resolve("cdn.test"));
        const contentSecurityPolicy = pulumi.interpolate`default-src 'self' https://${cdn}`;
        const framed = { contentSecurityPolicy, frameAncestors: pulumi.interpolate`https://${cdn}` };
        const ofHost = await made("VirtualService", "shop", () => host({ securityHeaders: framed }));
        const written = { contentSecurityPolicy: "default-src 'self' https://cdn.test", frameAncestors: "https://cdn.test" };
        assert.deepEqual(JSON.parse(ofHost.metadata.annotations?.[SECURITY_HEADERS_ANNOTATION] ?? ""), written);
        const ofGateway = await made("Service", "edge", () => gateway({ securityHeaders: framed }));
        assert.deepEqual(JSON.parse(ofGateway.metadata.annotations?.[SECURITY_HEADERS_ANNOTATION] ?? ""), written);
        const istio = await made("VirtualService", "shop", () => host({ ...ISTIO, securityHeaders: { ...framed, override: true } }));
        const set = istio.spec.http?.[0]?.headers?.response?.set;
        assert.equal(set?.["content-security-policy"], "default-src 'self' https://cdn.test; frame-ancestors https://cdn.test");
        assert.equal(set?.["x-content-type-options"], "nosniff");
        assert.match(
            await refusal(() => host({ securityHeaders: { ...framed, referrerPolicy: "none" } })),
            /One argument is wrong\.\n {2}securityHeaders\.referrerPolicy: got "none"/,
        );
        const bad = { contentSecurityPolicy: pulumi.output(Promise.resolve("frame-ancestors *")) };
        assert.match(await refusal(() => host({ securityHeaders: bad })), /securityHeaders\.contentSecurityPolicy: says frame-ancestors/);
    });

    it("with Istio's proxy are its routes', where its words mean the same, else refused", async () => {
        const tls = { certificate: { kind: "fromSecret", name: "web-tls" } };
        const routes = [
            {
                match: [{ uri: { prefix: "/embed" } }],
                ...http[0],
                headers: { response: { remove: ["X-Frame-Options"], set: { "Referrer-Policy": "origin" } } },
            },
            { redirect: { uri: "/" } },
        ];
        const all = { ...ISTIO, tls, http: routes, securityHeaders: { override: true, permissionsPolicy: "off" } };
        const { metadata, spec } = await made("VirtualService", "shop", () => host(all));
        assert.equal(metadata.annotations, undefined);
        const set = {
            "strict-transport-security": "max-age=31536000",
            "x-content-type-options": "nosniff",
            "referrer-policy": "strict-origin-when-cross-origin",
            "cross-origin-opener-policy": "same-origin-allow-popups",
            "x-frame-options": "SAMEORIGIN",
            "content-security-policy": "frame-ancestors 'self'",
        };
        const { "referrer-policy": _referrer, "x-frame-options": _frame, ...rest } = set;
        assert.deepEqual(
            spec.http?.map(({ headers }) => headers?.response),
            [{ remove: ["X-Frame-Options"], set: { ...rest, "Referrer-Policy": "origin" } }, { set }],
        );
        const plain = await made("VirtualService", "shop", () => host({ ...ISTIO, securityHeaders: { override: true } }));
        assert.equal(plain.spec.http?.[0]?.headers?.response?.set?.["strict-transport-security"], undefined);
        const rows: [more: object, wanted: RegExp][] = [
            [{ securityHeaders: true }, /securityHeaders: Istio's proxy can replace .* Give override: true/],
            [
                { tls: { ...tls, http: "serve" }, securityHeaders: { override: true } },
                /securityHeaders\.hsts: the same routes are served over plain HTTP, .*hsts: false/,
            ],
        ];
        for (const [more, wanted] of rows) assert.match(await refusal(() => host({ ...ISTIO, ...more })), wanted);
        assert.match(
            await refusal(() => gateway({ dataPlane: "istio", securityHeaders: { override: true } })),
            /securityHeaders: Istio has no words for headers of a whole gateway\. Give them to each VirtualHost/,
        );
    });
});

describe("maintenance", () => {
    it("of a VirtualHost is its VirtualService's, of an IngressGateway its Service's, also where a value comes later", async () => {
        const addresses = [pulumi.output(Promise.resolve("10.0.0.0/8")), "192.0.2.1"];
        const given = { retryAfter: "10m", bypass: { header: { name: "x-team", value: pulumi.secret("edge") }, addresses } };
        const ofHost = await made("VirtualService", "shop", () => host({ maintenance: given }));
        assert.deepEqual(JSON.parse(ofHost.metadata.annotations?.[MAINTENANCE_ANNOTATION] ?? ""), {
            retryAfter: "10m",
            bypass: { header: { name: "x-team", value: "edge" }, addresses: ["10.0.0.0/8", "192.0.2.1"] },
        });
        assert.equal(ofHost.spec.http?.length, 1);
        const ofGateway = await made("Service", "edge", () => gateway({ maintenance: true }));
        assert.equal(ofGateway.metadata.annotations?.[MAINTENANCE_ANNOTATION], "true");
    });

    it("is judged before anything is made, each by its place", async () => {
        const rows: [value: unknown, wanted: RegExp][] = [
            [{ retryAfter: "soon" }, /maintenance\.retryAfter: got "soon", wanted a duration/],
            [{ page: { html: "{{path}}" } }, /maintenance\.page\.html: there is no \{\{path\}\}/],
            [
                { bypass: { addresses: ["here"], header: { name: "x", value: pulumi.output("y") } } },
                /maintenance\.bypass\.addresses\[0\]: got "here"/,
            ],
        ];
        for (const [maintenance, wanted] of rows) {
            assert.match(await refusal(() => host({ maintenance })), wanted);
            assert.match(await refusal(() => gateway({ maintenance })), wanted);
        }
    });

    it("with Istio's proxy is rules before all others, which those do not match that pass", async () => {
        const bypass = { header: { name: "x-team", value: "edge" }, cookie: { name: "team", value: "e.ge" }, paths: ["/healthz", "/in/*"] };
        const { metadata, spec } = await made("VirtualService", "shop", () =>
            host({ ...ISTIO, maintenance: { page: { json: '{"s":{{status}}}' }, bypass } }),
        );
        assert.equal(metadata.annotations, undefined);
        assert.equal(spec.http?.length, 3);
        assert.deepEqual(spec.http?.[0]?.match?.[0]?.headers, { "content-type": { prefix: "application/grpc" } });
        assert.deepEqual(spec.http?.[0]?.match?.[0]?.withoutHeaders, spec.http?.[1]?.match?.[0]?.withoutHeaders);
        assert.deepEqual(spec.http?.[1], {
            name: "maintenance",
            match: [
                {
                    withoutHeaders: {
                        ":path": { regex: "/\\.well-known/acme-challenge/.*|/healthz(\\?.*)?|/in/.*" },
                        "x-team": { exact: "edge" },
                        cookie: { regex: "(.*;\\s*)?team=e\\.ge(;.*)?" },
                    },
                },
            ],
            directResponse: { status: 503, body: { string: '{"s":503}' } },
            headers: { response: { set: { "retry-after": "300", "cache-control": "no-store", "content-type": "application/json" } } },
        });
        const rows: [maintenance: unknown, wanted: RegExp][] = [
            [
                { bypass: { addresses: ["10.0.0.0/8"] } },
                /maintenance\.bypass\.addresses: a route of Istio's matches no addresses\. Let them pass by a header/,
            ],
            [{ page: { json: "{}", html: "x" } }, /maintenance\.page: a route of Istio's answers in one form/],
            [{ page: { html: "x".repeat(4097) } }, /maintenance\.page\.html: has 4097 bytes, and Envoy takes 4096/],
            [{ page: { html: "{{requestId}}" } }, /maintenance\.page\.html: Istio's proxy puts nothing in the place of \{\{requestId\}\}/],
        ];
        for (const [maintenance, wanted] of rows) assert.match(await refusal(() => host({ ...ISTIO, maintenance })), wanted);
        assert.match(
            await refusal(() => gateway({ dataPlane: "istio", maintenance: true })),
            /maintenance: Istio has no words for the maintenance of a whole gateway/,
        );
        const off = await made("VirtualService", "shop", () => host({ ...ISTIO, maintenance: false }));
        assert.equal(off.spec.http?.length, 1);
    });

    it("keeps people out of Istio's proxy also where a value, or the gateway, comes later", async () => {
        const maintenance = { bypass: { cookie: { name: "team", value: pulumi.secret("edge") } } };
        const names = async (more: object): Promise<unknown[]> => {
            const { spec, metadata } = await made("VirtualService", "shop", () => host({ maintenance, ...more }));
            return [spec.http?.map(({ name }) => name), Object.keys(metadata.annotations ?? {})];
        };
        const ruled = [["maintenance-grpc", "maintenance", undefined], []];
        assert.deepEqual(await names(ISTIO), ruled);
        const later = (ref: object): object => ({ gateway: pulumi.output(Promise.resolve(ref)) });
        assert.deepEqual(await names(later(ISTIO.gateway)), ruled);
        assert.deepEqual(await names({ ...later(ISTIO.gateway), maintenance: true }), ruled);
        assert.deepEqual(await names(later(ingressRef())), [[undefined], [MAINTENANCE_ANNOTATION]]);
    });
});

describe("redirects", () => {
    let folder = "";
    const file = (name: string, text: string): string => {
        const place = path.join(folder, name);
        writeFileSync(place, text);
        return place;
    };
    before(() => (folder = mkdtempSync(path.join(tmpdir(), "gatehouse-redirects-"))));
    after(() => rmSync(folder, { recursive: true, force: true }));

    interface MapMade {
        readonly metadata: { readonly name: string; readonly namespace: string; readonly labels: Readonly<Record<string, string>> };
    }

    async function mapsAndNames(program: () => unknown): Promise<{ maps: MapMade[]; named: unknown; count: number }> {
        const resources = await evaluated(program);
        const maps = resources.kubernetesObjects().filter(({ kind }) => kind === "ConfigMap") as unknown as MapMade[];
        const { metadata } = object(resources, "VirtualService", "shop") as unknown as Made;
        const count = maps.reduce((sum, one) => sum + readRedirectMap(one as never).redirects.length, 0);
        return { maps, named: JSON.parse(metadata.annotations?.[REDIRECTS_ANNOTATION] ?? "null"), count };
    }

    it("of a VirtualHost are a ConfigMap beside the gateway, by its content, which the VirtualService names", async () => {
        const list = [
            { from: "/old", to: "/new" },
            { from: "/gone", to: "https://other.test/", status: 302 },
        ];
        const { maps, named, count } = await mapsAndNames(() => host({ redirects: list }));
        assert.deepEqual([maps.length, count], [1, 2]);
        const { name, namespace, labels } = maps[0]!.metadata;
        assert.equal(namespace, ingressRef().namespace);
        assert.equal(labels[REDIRECTS_LABEL], "true");
        assert.deepEqual(named, { configMaps: [name] });
        const other = await mapsAndNames(() => host({ redirects: [...list, { from: "/x", to: "/y" }] }));
        assert.notEqual(other.maps[0]!.metadata.name, name);
    });

    it("are ten thousand of a file, in as many ConfigMaps as they need, before somebody else's", async () => {
        const long = "x".repeat(150);
        const text = ["from,to,status", ...Array.from({ length: 10_000 }, (_none, at) => `/old/${at}/${long},/new/${at},308`)].join("\n");
        const { maps, named, count } = await mapsAndNames(() =>
            host({ redirects: { file: file("moved.csv", text), configMaps: ["more"], keepQuery: false } }),
        );
        assert.deepEqual([maps.length, count], [2, 10_000]);
        const names = (named as { configMaps: string[] }).configMaps;
        assert.deepEqual([...names].sort(), ["more", ...maps.map(({ metadata }) => metadata.name)].sort());
        assert.equal(names.at(-1), "more");
        for (const one of maps) assert.ok(JSON.stringify(one).length < 1024 * 1024);
    });

    it("are judged before anything is made, each by its place", async () => {
        const rows: [value: unknown, wanted: RegExp][] = [
            [[], /redirects: there is no redirect/],
            [[{ from: "/a", to: "//evil.test" }], /redirects\[0\]\.to: got "\/\/evil\.test", wanted a path/],
            [
                {
                    list: [
                        { from: "/a", to: "/b" },
                        { from: "/a", to: "/c" },
                    ],
                },
                /redirects\.list\[1\]: \/a is led elsewhere by entry 0 already/,
            ],
            [
                [
                    { from: "/a", to: "https://shop.test/b" },
                    { from: "/b", to: "/a" },
                ],
                /redirects\[0\]: leads back to itself: \/a → \/b → \/a/,
            ],
            [{ file: file("bad.csv", "/a,/b\n/c\n") }, /redirects\.file: .*bad\.csv line 2: has 1 columns/],
            [{ file: path.join(folder, "none.csv") }, /redirects\.file: .*none\.csv" can't be read \(ENOENT\)/],
            [{ file: "moved.txt" }, /redirects\.file: "moved\.txt" is no table by its name\. Give one that ends in/],
            [{ configMaps: ["A"] }, /redirects\.configMaps\[0\]: "A" is not a name/],
        ];
        for (const [redirects, wanted] of rows) assert.match(await refusal(() => host({ redirects })), wanted);
    });

    it("with Istio's proxy are rules before all others, up to a thousand", async () => {
        const list = [
            { from: "/old", to: "/new" },
            { from: "/out", to: "https://other.test:8443/x?y=1", status: 302 },
            { from: "/home", to: "http://other.test" },
        ];
        const { metadata, spec } = await made("VirtualService", "shop", () => host({ ...ISTIO, redirects: list }));
        assert.equal(metadata.annotations, undefined);
        assert.deepEqual(spec.http?.slice(0, 3), [
            { match: [{ uri: { exact: "/old" } }], redirect: { uri: "/new", redirectCode: 301 } },
            {
                match: [{ uri: { exact: "/out" } }],
                redirect: { scheme: "https", authority: "other.test:8443", uri: "/x?y=1", redirectCode: 302 },
            },
            { match: [{ uri: { exact: "/home" } }], redirect: { scheme: "http", authority: "other.test", uri: "/", redirectCode: 301 } },
        ]);
        assert.equal(spec.http?.length, 4);
        const many = Array.from({ length: 1001 }, (_none, at) => ({ from: `/${at}`, to: "/new" }));
        const rows: [value: unknown, wanted: RegExp][] = [
            [many, /redirects: there are 1001, and as rules of a VirtualService 1000 at most/],
            [{ configMaps: ["moved"] }, /redirects\.configMaps: Istio's proxy reads no ConfigMaps/],
            [{ list, keepQuery: false }, /redirects\.keepQuery: a redirect of Istio's keeps the query/],
            [[{ from: "/a?b", to: "/c" }], /redirects\[0\]\.from: a rule of Istio's compares no whole query/],
            [[{ from: "/a", to: "/c#d" }], /redirects\[0\]\.to: Istio's proxy would put the query behind the #/],
        ];
        for (const [redirects, wanted] of rows) assert.match(await refusal(() => host({ ...ISTIO, redirects })), wanted);
    });
});

describe("compression", () => {
    it("of a VirtualHost is its VirtualService's, of an IngressGateway its Service's; with Istio's proxy it is refused", async () => {
        const tuned = { algorithms: ["br"], minLength: 2048 };
        const ofHost = await made("VirtualService", "shop", () => host({ compression: tuned }));
        assert.deepEqual(JSON.parse(ofHost.metadata.annotations?.[COMPRESSION_ANNOTATION] ?? ""), tuned);
        const ofGateway = await made("Service", "edge", () => gateway({ compression: true }));
        assert.equal(ofGateway.metadata.annotations?.[COMPRESSION_ANNOTATION], "true");
        const wanted = /compression: Istio has no words for compression but those of an EnvoyFilter.*Compress in the backends/;
        assert.match(await refusal(() => host({ ...ISTIO, compression: true })), wanted);
        assert.match(await refusal(() => gateway({ dataPlane: "istio", compression: true })), wanted);
        assert.match(
            await refusal(() => host({ compression: { contentTypes: ["text/*"] } })),
            /compression\.contentTypes\[0\]: got "text\/\*"/,
        );
    });
});
