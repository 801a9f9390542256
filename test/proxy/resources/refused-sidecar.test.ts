/** What a Sidecar keeps from an application stays out of its reach where the Sidecar was never good. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { parseDocuments } from "../../../istio/documents";
import { findingText } from "../../../istio/findings";
import { compile } from "../../../proxy/compiler";
import { ResourceStore } from "../../../proxy/resources";
import { routesOf } from "../compiler/support";

const SERVICE = `apiVersion: v1
kind: Service
metadata: { name: reviews, namespace: shop }
spec: { clusterIP: 10.0.0.7, ports: [{ name: http, port: 80 }] }
`;
const sidecar = (spec: string, namespace = "shop", name = "bad"): string =>
    `apiVersion: networking.istio.io/v1\nkind: Sidecar\nmetadata: { name: ${name}, namespace: ${namespace} }\nspec: ${spec}\n`;
const GOOD = sidecar("{ outboundTrafficPolicy: { mode: ALLOW_ANY } }", "shop", "good");
const MESH = (mesh: string): string =>
    `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: istio, namespace: istio-system }\ndata: { mesh: ${JSON.stringify(mesh)} }\n`;
const BAD_EGRESS = "egress: [{ hosts: 7 }]";

function played(...texts: readonly string[]): { readonly routes: readonly string[]; readonly unknown: string; readonly said: string } {
    const store = new ResourceStore();
    store.setFile("a.yaml", parseDocuments([SERVICE, ...texts].join("---\n"), "a.yaml"));
    const { objects, findings } = store.read();
    const client = { mode: "mesh", namespace: "shop", labels: { app: "web" }, httpProxy: { address: "127.0.0.1", port: 15_080 } } as const;
    const compiled = compile({ objects, ...client, now: Date.now() });
    const known = Object.keys(routesOf(compiled.tables, "80")).filter((domain) => domain !== "*");
    return {
        routes: known,
        unknown: routesOf(compiled.tables, "http_proxy")["*"]?.join() ?? "",
        said: [...findings, ...compiled.findings].map(findingText).join("\n"),
    };
}

describe("a Sidecar that was never good", () => {
    const forThisOne: Readonly<Record<string, readonly string[]>> = {
        "its namespace": [sidecar(`{ ${BAD_EGRESS} }`)],
        "the application, before a good one for the namespace": [
            GOOD,
            sidecar(`{ workloadSelector: { labels: { app: web } }, ${BAD_EGRESS} }`),
        ],
        "whom nobody can read, for it is no map": [GOOD, sidecar("{ workloadSelector: web }")],
        "whom nobody can read, for its labels are no texts": [GOOD, sidecar("{ workloadSelector: { labels: { app: [web] } } }")],
        "whom nobody can read, for its spec is none": [GOOD, sidecar("[1]")],
        "whom nobody can read, for a word of its selector is not known": [GOOD, sidecar("{ workloadSelector: { label: { app: web } } }")],
        "the whole mesh": [sidecar(`{ ${BAD_EGRESS} }`, "istio-system")],
        "whom nobody can read, for its text is no YAML": [GOOD, sidecar("{ workloadSelector: { labels: { app: web }")],
    };
    for (const [whom, texts] of Object.entries(forThisOne)) {
        it(`shows nothing and lets nothing out, and is named, where it is for ${whom}`, () => {
            const { routes, unknown, said } = played(...texts);
            assert.deepEqual(routes, []);
            assert.equal(unknown, "any → direct");
            assert.match(said, /GH0465 Sidecar (shop|istio-system)\/bad: .*never been good/);
        });
    }

    it("is nothing to those whom it is not for", () => {
        const others = [
            sidecar(`{ workloadSelector: { labels: { app: other } }, ${BAD_EGRESS} }`),
            sidecar(`{ ${BAD_EGRESS} }`, "other"),
            sidecar("[1]", "other"),
        ];
        for (const other of others)
            assert.deepEqual(
                [played(GOOD, other).unknown, played(GOOD, other).routes.length > 0],
                ["any → PassthroughCluster.names", true],
            );
    });
});

describe("a mesh's configuration that says who may leave", () => {
    it("lets nobody out by a word that is not known, nor where it can't be read", () => {
        assert.equal(played(MESH("outboundTrafficPolicy: { mode: ALLOW_ANY }")).unknown, "any → PassthroughCluster.names");
        assert.equal(played(MESH("outboundTrafficPolicy: { mode: REGISTRY_ONLYY }")).unknown, "any → direct");
        assert.equal(played(MESH("outboundTrafficPolicy: { mode: [")).unknown, "any → direct");
    });
});
