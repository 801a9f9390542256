/** A Gateway that was never good leaves none of its TLS hosts to a wildcard that asks less of clients. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { parseDocuments } from "../../../istio/documents";
import { findingText } from "../../../istio/findings";
import { compile } from "../../../proxy/compiler";
import { ResourceStore } from "../../../proxy/resources";

const gateway = (
    name: string,
    host: string,
    tls: string,
    port = "{ number: 443, name: https, protocol: HTTPS }",
): string => `apiVersion: networking.istio.io/v1
kind: Gateway
metadata: { name: ${name}, namespace: ns }
spec: { selector: { a: b }, servers: [{ port: ${port}, hosts: [${host}], tls: ${tls} }] }
`;
const GOOD = "{ mode: SIMPLE, credentialName: wide }";
const BAD = "{ mode: MUTUAL, credentialNam: strict }";

/** The certificates of each server name, and all that is said. */
function served(...documents: readonly string[]): { readonly names: Readonly<Record<string, readonly string[]>>; readonly said: string } {
    const store = new ResourceStore();
    store.setFile("a.yaml", parseDocuments(documents.join("---\n"), "a.yaml"));
    const { objects, findings } = store.read();
    const compiled = compile({ objects, namespace: "ns", now: Date.now() });
    const chains = [...compiled.tables.chains.values()].flatMap(({ serverNames, tls }) =>
        serverNames.map((name): [string, readonly string[]] => [name, tls && "secrets" in tls ? tls.secrets : []]),
    );
    return { names: Object.fromEntries(chains), said: [...findings, ...compiled.findings].map(findingText).join("\n") };
}

describe("a Gateway that was never good", () => {
    it("has no certificate for its TLS hosts, and a wildcard of another keeps its own", () => {
        const { names, said } = served(gateway("wide", '"*.shop.test"', GOOD), gateway("strict", "a.shop.test, ./b.shop.test", BAD));
        assert.deepEqual(Object.keys(names).sort(), ["*.shop.test", "a.shop.test", "b.shop.test"]);
        assert.deepEqual([names["a.shop.test"], names["b.shop.test"], names["*.shop.test"]?.length], [[], [], 1]);
        assert.match(said, /GH0404 Gateway ns\/strict: .* No handshake is accepted for a\.shop\.test, \.\/b\.shop\.test/);
    });

    it("takes no host that a good one names, though it is older by name", () => {
        const { names } = served(gateway("a-strict", "a.shop.test", BAD), gateway("wide", "a.shop.test", GOOD));
        assert.equal(names["a.shop.test"]?.length, 1);
    });

    it("redirects in the clear where it asked for that, whoever else's wildcard serves, and takes no host that a good one names", () => {
        const plain = "{ number: 80, name: http, protocol: HTTP }";
        const route = (host: string): string =>
            `apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: { name: v, namespace: ns }\nspec: { hosts: [${host}], gateways: [wide], http: [{ directResponse: { status: 200 } }] }\n`;
        const redirected = (host: string, hostsOfGood: string, tls: string): readonly [readonly string[], string] => {
            const store = new ResourceStore();
            store.setFile(
                "a.yaml",
                parseDocuments(
                    [gateway("wide", hostsOfGood, "null", plain), route(host), gateway("strict", "a.shop.test", tls, plain)].join("---\n"),
                    "a.yaml",
                ),
            );
            const { objects, findings } = store.read();
            const { tables } = compile({ objects, namespace: "ns", now: Date.now() });
            return [
                [...tables.virtualHosts.values()].filter(({ httpsRedirect }) => httpsRedirect).map(({ domain }) => domain),
                findings.map(findingText).join("\n"),
            ];
        };
        for (const tls of ["{ httpsRedirect: true, mod: x }", "{ httpsRedirect: yes-please }", "[httpsRedirect]"]) {
            for (const host of ['"*.shop.test"', "a.shop.test"]) {
                const [hosts, said] = redirected(host, '"*.shop.test"', tls);
                assert.deepEqual(hosts, ["a.shop.test"], `${tls} ${host}`);
                assert.match(said, /GH0404 Gateway ns\/strict: .* Plain requests for a\.shop\.test are redirected to https/);
            }
            assert.deepEqual(redirected("a.shop.test", "a.shop.test", tls)[0], []);
        }
        assert.deepEqual(redirected('"*.shop.test"', '"*.shop.test"', "{ httpsRedirect: false, mod: x }")[0], []);
    });

    it("refuses nothing where no port or host of TLS can be read, and opens no plain port", () => {
        for (const port of ["{ number: many, name: https, protocol: HTTPS }", "{ number: 80, name: http, protocol: HTTP }", "443"]) {
            const { names } = served(gateway("wide", '"*.shop.test"', GOOD), gateway("strict", "a.shop.test", BAD, port));
            assert.deepEqual(Object.keys(names), ["*.shop.test"], port);
        }
        assert.deepEqual(Object.keys(served(gateway("wide", '"*.shop.test"', GOOD), gateway("strict", '"a b"', BAD)).names), [
            "*.shop.test",
        ]);
    });
});
