import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, it } from "mocha";
import { validateObject } from "../../../istio";
import { readSecurityHeaders, SECURITY_HEADERS_ANNOTATION, securityHeadersOf, writtenHeaders } from "../../../istio/semantics";

function written(value: unknown, isSecure = true): Record<string, string> | string {
    const read = securityHeadersOf(value);
    return "fault" in read ? read.fault : Object.fromEntries(writtenHeaders(read.value, isSecure));
}

const SET = {
    "strict-transport-security": "max-age=31536000",
    "x-content-type-options": "nosniff",
    "referrer-policy": "strict-origin-when-cross-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "cross-origin-opener-policy": "same-origin-allow-popups",
    "x-frame-options": "SAMEORIGIN",
    "content-security-policy": "frame-ancestors 'self'",
};

describe("the annotation of security headers", () => {
    it("is a set by `true`, nothing by `false`, and tuned by an object", () => {
        assert.deepEqual(written(true), SET);
        assert.deepEqual(written({}), SET);
        assert.deepEqual(written(false), {});
        const { "strict-transport-security": _hsts, ...plain } = SET;
        assert.deepEqual(written(true, false), plain);
        assert.deepEqual(
            written({
                hsts: { maxAge: "17520h", includeSubDomains: true, preload: true },
                contentTypeOptions: false,
                referrerPolicy: "off",
                permissionsPolicy: "off",
                crossOriginOpenerPolicy: "off",
                crossOriginResourcePolicy: "same-site",
                crossOriginEmbedderPolicy: "require-corp",
                frameAncestors: "https://a.test https://b.test",
                contentSecurityPolicy: "default-src 'self'; ",
            }),
            {
                "strict-transport-security": "max-age=63072000; includeSubDomains; preload",
                "cross-origin-resource-policy": "same-site",
                "cross-origin-embedder-policy": "require-corp",
                "content-security-policy": "default-src 'self'; frame-ancestors https://a.test https://b.test",
            },
        );
        assert.deepEqual(written({ ...allOff(), frameAncestors: "'none'" }), {
            "x-frame-options": "DENY",
            "content-security-policy": "frame-ancestors 'none'",
        });
    });

    it("says what is wrong with it", () => {
        const rows: [value: unknown, fault: RegExp][] = [
            ["x", /^wanted true, false or an object$/],
            [{ hst: true }, /^has no field "hst"; there are override, hsts,/],
            [{ hsts: { maxAge: "1.5s" } }, /^\.hsts\.maxAge: got "1\.5s", wanted a duration in whole seconds/],
            [{ hsts: { maxAge: 5 } }, /^\.hsts\.maxAge: got 5, wanted a duration/],
            [{ hsts: { preload: true } }, /^\.hsts\.preload: wants includeSubDomains/],
            [{ hsts: { preload: true, includeSubDomains: true, maxAge: "24h" } }, /^\.hsts\.preload: wants/],
            [{ override: "yes" }, /^\.override: got "yes", wanted true or false/],
            [{ referrerPolicy: "none" }, /^\.referrerPolicy: got "none", wanted off or one of no-referrer,/],
            [{ frameAncestors: "'self'; script-src *" }, /^\.frameAncestors: wanted sources/],
            [{ frameAncestors: "a\r\nset-cookie: x" }, /^\.frameAncestors: wanted off, or a header's value/],
            [{ contentSecurityPolicy: "default-src 'self'; Frame-Ancestors *" }, /^\.contentSecurityPolicy: says frame-ancestors/],
            [{ contentSecurityPolicy: "a, b" }, /^\.contentSecurityPolicy: has a comma/],
            [{ permissionsPolicy: "x".repeat(5000) }, /^\.permissionsPolicy: has 5000 characters/],
            // What browsers pass over in silence.
            [{ frameAncestors: "self https://a.test" }, /^\.frameAncestors: has self, which is the name of a host: wanted 'self'$/],
            [{ frameAncestors: "'none' https://a.test" }, /^\.frameAncestors: has 'none' beside other sources/],
            [{ contentSecurityPolicy: "deflt-src 'self'" }, /^\.contentSecurityPolicy: has "deflt-src", .* wanted default-src$/],
            [{ contentSecurityPolicy: "script-src 'self' unsafe-inline" }, /has unsafe-inline, .* wanted 'unsafe-inline'$/],
            [{ contentSecurityPolicy: "script-src 'self" }, /has 'self, .* wanted 'self'$/],
            [{ contentSecurityPolicy: "img-src a.test; img-src b.test" }, /says img-src twice/],
            [{ contentSecurityPolicy: "script-src 'nonce-YWJj'" }, /has 'nonce-YWJj', which would be the same for everybody/],
            [{ permissionsPolicy: "camera 'none'; microphone 'none'" }, /^\.permissionsPolicy: has "camera 'none'; microphone 'none'"/],
            [{ permissionsPolicy: "camera=(), geolocation=('self')" }, /^\.permissionsPolicy: has "geolocation=\('self'\)"/],
        ];
        for (const [value, fault] of rows) assert.match(String(written(value)), fault, JSON.stringify(value));
        assert.deepEqual(readSecurityHeaders("{"), { fault: "it is no JSON" });
    });

    it("takes policies that browsers read, also directives that come to be", () => {
        const policies = [
            "default-src 'self'; script-src 'self' 'strict-dynamic' 'sha256-AbC=' https: *.a.test:8443 data:; object-src 'none'",
            "upgrade-insecure-requests; sandbox allow-scripts allow-forms; report-to self; require-trusted-types-for 'script'",
            "another-thing self; trusted-types none",
        ];
        for (const policy of policies)
            assert.equal(
                (written({ contentSecurityPolicy: policy }) as typeof SET)["content-security-policy"],
                `${policy}; frame-ancestors 'self'`,
            );
        for (const permissionsPolicy of [
            'camera=(self "https://a.test"), fullscreen=*, autoplay=self',
            'geolocation=();report-to="x", usb=()',
        ])
            assert.equal((written({ permissionsPolicy }) as typeof SET)["permissions-policy"], permissionsPolicy);
    });

    it("never makes a header that ends before its value does", () => {
        fc.assert(
            fc.property(fc.string({ unit: "binary" }), (text) => {
                for (const field of ["frameAncestors", "contentSecurityPolicy", "permissionsPolicy", "referrerPolicy"]) {
                    const headers = written({ [field]: text });
                    if (typeof headers === "string") continue;
                    for (const value of Object.values(headers)) assert.match(value, /^[\x20-\x7e]+$/);
                }
            }),
        );
    });

    it("is for VirtualServices with hosts and Services, and is named where it is neither", () => {
        const codes = (kind: string, spec: object, text: string): string[] =>
            validateObject({
                apiVersion: kind === "Service" ? "v1" : "networking.istio.io/v1",
                kind,
                metadata: { name: "a", namespace: "b", annotations: { [SECURITY_HEADERS_ANNOTATION]: text } },
                spec,
            } as never).findings.map(({ code }) => code);
        const ports = { ports: [{ port: 80 }] };
        assert.deepEqual(codes("Service", ports, "true"), []);
        assert.deepEqual(codes("Service", ports, "yes"), ["GH0148"]);
        const http = [{ route: [{ destination: { host: "c" } }] }];
        assert.deepEqual(codes("VirtualService", { hosts: ["a.test"], http }, "{}"), []);
        assert.deepEqual(codes("VirtualService", { http }, "true"), ["GH0111"]);
        assert.deepEqual(codes("Sidecar", { egress: [{ hosts: ["*/*"] }] }, "true"), ["GH0111"]);
    });
});

function allOff(): object {
    return {
        hsts: false,
        contentTypeOptions: false,
        referrerPolicy: "off",
        permissionsPolicy: "off",
        crossOriginOpenerPolicy: "off",
    };
}
