/** Settings of whole hosts of a VirtualHost and of an IngressGateway: what carries them, and what is said before anything is made. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import * as gatehouse from "pulumi-gatehouse";
import type { HTTPRoute } from "../../istio";
import { SECURITY_HEADERS_ANNOTATION } from "../../istio/semantics";
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
