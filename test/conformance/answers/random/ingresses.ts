/** Kubernetes Ingresses at random: hosts, paths of each type, certificates, several Ingresses for one host; with their requests. */
import * as fc from "fast-check";
import { ask, secret, type Ask, type Case } from "../../../answers/support/case";
import { ingress, ingressed, path, rule } from "../../../answers/support/ingressed";

const HOSTS = ["a.shop.test", "b.shop.test", "x.sub.shop.test", "else.test"];
/** No host: of all. */
const PATTERNS = ["a.shop.test", "b.shop.test", "*.sub.shop.test", "*.shop.test", undefined];
const PATHS = ["/", "/a", "/a/", "/a/b", "/a/b/c", "/ab", "/A", "/b?q=1", "/a//b", "/x/../a", "/b.c"];

const PATH = fc.oneof(
    fc
        .tuple(fc.constantFrom("/", "/a", "/a/b", "/b", "/ab"), fc.constantFrom("Prefix" as const, "Exact" as const))
        .map(([text, type]) => ({ text, type })),
    fc.constantFrom("/a", "/a/*", "/a.*", "/b", "/").map((text) => ({ text, type: "ImplementationSpecific" as const })),
);
const RULE = fc.record({
    host: fc.constantFrom(...PATTERNS),
    paths: fc.array(fc.record({ path: PATH, to: fc.constantFrom("web", "web", "api", "api", "gone") }), { minLength: 1, maxLength: 3 }),
});
const INGRESS = fc.record({
    rules: fc.array(RULE, { minLength: 1, maxLength: 2 }),
    secure: fc.option(fc.constantFrom(["a.shop.test"], ["a.shop.test", "b.shop.test"], ["*.sub.shop.test"], ["*.shop.test"]), {
        nil: undefined,
    }),
});
const REQUEST = fc.record({
    host: fc.constantFrom(...HOSTS),
    path: fc.constantFrom(...PATHS),
    isSecure: fc.constantFrom(false, false, true),
    servername: fc.constantFrom(undefined, undefined, "a.shop.test", "x.sub.shop.test"),
});

/** Of several Ingresses none has a certificate, as at Istio's gateway the first one of a host decides where all of its rules are served. */
export const INGRESSES: fc.Arbitrary<Case> = fc
    .record({ ingresses: fc.array(INGRESS, { minLength: 1, maxLength: 3 }), requests: fc.array(REQUEST, { minLength: 20, maxLength: 20 }) })
    .map(({ ingresses, requests }) => ({
        title: JSON.stringify(ingresses),
        make: async (setting) => {
            const { cert, key } = setting.certificate;
            const asks: Record<string, Ask> = {};
            for (const request of requests) {
                const { host, path: target, isSecure, servername = host } = request;
                asks[JSON.stringify(request)] = ask(host, `GET ${target}`, [], {
                    anyReason: true,
                    ...(isSecure ? { port: "https", tls: { servername } } : {}),
                });
            }
            const isAlone = ingresses.length === 1;
            const objects = ingresses.map(({ rules, secure }, at) =>
                ingress(`i${at}`, {
                    rules: rules.map(({ host, paths }) => rule(host, ...paths.map(({ path: { text, type }, to }) => path(text, type, to)))),
                    ...(secure && isAlone ? { tls: [{ hosts: secure, secretName: "certs" }] } : {}),
                }),
            );
            return await ingressed(setting, [secret("certs", { "tls.crt": cert, "tls.key": key }), ...objects], asks);
        },
    }));
