/** Settings of whole hosts of a VirtualHost and of an IngressGateway: what carries them, and what is said before anything is made. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import * as gatehouse from "pulumi-gatehouse";
import * as pulumi from "@pulumi/pulumi";
import type { HTTPRoute } from "../../istio";
import { MAINTENANCE_ANNOTATION, SECURITY_HEADERS_ANNOTATION } from "../../istio/semantics";
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
        const given = { retryAfter: "10m", bypass: { header: { name: "x-team", value: pulumi.secret("edge") } } };
        const ofHost = await made("VirtualService", "shop", () => host({ maintenance: given }));
        assert.deepEqual(JSON.parse(ofHost.metadata.annotations?.[MAINTENANCE_ANNOTATION] ?? ""), {
            retryAfter: "10m",
            bypass: { header: { name: "x-team", value: "edge" } },
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
});
