/** A ServiceEntry that was never good leaves none of its hosts to a wildcard's endpoints. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { parseDocuments } from "../../../istio/documents";
import { findingText } from "../../../istio/findings";
import { compile } from "../../../proxy/compiler";
import { ResourceStore } from "../../../proxy/resources";

const ROUTE = `apiVersion: networking.istio.io/v1
kind: Gateway
metadata: { name: g, namespace: ns }
spec: { selector: { a: b }, servers: [{ port: { number: 80, name: http, protocol: HTTP }, hosts: ["*"] }] }
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: v, namespace: ns }
spec: { hosts: [a.test], gateways: [g], http: [{ route: [{ destination: { host: api.ext.test, port: { number: 80 } } }] }] }
`;
const entry = (name: string, host: string, rest: string, namespace = "ns"): string =>
    `apiVersion: networking.istio.io/v1\nkind: ServiceEntry\nmetadata: { name: ${name}, namespace: ${namespace} }\nspec: { hosts: ["${host}"], ${rest} }\n`;
const at = (address: string, more = ""): string =>
    `ports: [{ number: 80, name: http, protocol: HTTP }], resolution: STATIC, endpoints: [{ address: ${address} }]${more}`;
const WIDE = entry("wide", "*.ext.test", at("10.0.0.1"));

/** Where requests for the host go, and all that is said. */
function reached(...entries: readonly string[]): { readonly addresses: readonly string[]; readonly said: string } {
    const store = new ResourceStore();
    store.setFile("a.yaml", parseDocuments([ROUTE, ...entries].join("---\n"), "a.yaml"));
    const { objects, findings } = store.read();
    const compiled = compile({ objects, namespace: "ns", now: Date.now() });
    const addresses = [...compiled.tables.endpoints.values()].flatMap(({ endpoints }) =>
        endpoints.flatMap((one) => ("address" in one ? [one.address] : [])),
    );
    return { addresses, said: [...findings, ...compiled.findings].map(findingText).join("\n") };
}

describe("a ServiceEntry that was never good", () => {
    for (const bad of ["portz: 1", at("10.0.0.9", ", location: INSIDE"), "ports: none", "resolution: [STATIC]"]) {
        it(`has no backend for its hosts: ${bad}`, () => {
            const { addresses, said } = reached(WIDE, entry("exact", "api.ext.test", bad));
            assert.deepEqual(addresses, []);
            assert.match(said, /GH0404 ServiceEntry ns\/exact: .* Requests for api\.ext\.test get 503/);
            assert.doesNotMatch(said, /GH0438/);
        });
    }

    it("takes no host from one that is good, nor what is not exported to the gateway", () => {
        assert.deepEqual(reached(entry("a", "api.ext.test", "portz: 1"), entry("good", "api.ext.test", at("10.0.0.2"))).addresses, [
            "10.0.0.2",
        ]);
        assert.deepEqual(reached(WIDE, entry("other", "api.ext.test", 'portz: 1, exportTo: ["."]', "else")).addresses, ["10.0.0.1"]);
        assert.deepEqual(reached(WIDE, entry("exact", "a b", "portz: 1")).addresses, ["10.0.0.1"]);
    });

    it("differs from a good one in that alone, whether its hosts are the mesh's own or not", () => {
        for (const location of ["MESH_INTERNAL", "MESH_EXTERNAL"])
            assert.deepEqual(reached(WIDE, entry("exact", "api.ext.test", at("10.0.0.3", `, location: ${location}`))).addresses, [
                "10.0.0.3",
            ]);
    });
});
