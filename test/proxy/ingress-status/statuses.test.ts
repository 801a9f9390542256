/** What is to stand in the status of an Ingress. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { seenClass, seenIngress, seenService, wantedAddresses } from "../../../proxy/ingress-status/statuses";
import { writerName } from "../../../proxy/ingress-status/run";

const GATEWAY = { namespace: "edge", name: "public" };
const WRITER = writerName(GATEWAY);
const ofClass = (name: string, controller: string, service = "public"): [string, ReturnType<typeof seenClass> & object] => [
    name,
    {
        apiVersion: "networking.k8s.io/v1",
        kind: "IngressClass",
        metadata: { name },
        spec: { controller, parameters: { kind: "Service", scope: "Namespace", namespace: "edge", name: service } },
    },
];
const CLASSES = new Map([
    ofClass("public", "gatehouse.dev/ingress-controller"),
    ofClass("private", "gatehouse.dev/ingress-controller", "private"),
    ofClass("mesh", "istio.io/ingress-controller"),
]);
const SERVICE = seenService({ status: { loadBalancer: { ingress: [{ ip: "203.0.113.7" }] } } });

const wanted = (
    spec: object,
    more: { readonly annotations?: object; readonly status?: object; readonly manager?: string } = {},
): unknown => {
    const managedFields =
        more.manager === undefined
            ? []
            : [{ manager: more.manager, subresource: "status", fieldsV1: { "f:status": { "f:loadBalancer": { "f:ingress": {} } } } }];
    const seen = seenIngress({
        metadata: { namespace: "shop", name: "web", resourceVersion: "1", annotations: more.annotations, managedFields },
        spec,
        status: more.status,
    });
    return seen && wantedAddresses(seen, CLASSES, GATEWAY, SERVICE, WRITER);
};

describe("the addresses that an Ingress is to have", () => {
    const there = { loadBalancer: { ingress: [{ ip: "203.0.113.7", ports: [{ port: 80, protocol: "TCP" }] }] } };

    it("are those of the gateway that its class names, also by the old annotation", () => {
        assert.deepEqual(wanted({ ingressClassName: "public" }), [{ ip: "203.0.113.7" }]);
        assert.deepEqual(wanted({}, { annotations: { "kubernetes.io/ingress.class": "public" } }), [{ ip: "203.0.113.7" }]);
        assert.equal(wanted({ ingressClassName: "public" }, { status: there }), undefined, "they stand there");
    });

    it("are nobody's business of another gateway, of Istio's class, of no class and of one that is not there", () => {
        for (const spec of [{ ingressClassName: "private" }, { ingressClassName: "mesh" }, { ingressClassName: "gone" }, {}])
            assert.equal(wanted(spec, { status: there }), undefined);
        assert.equal(wanted({}, { annotations: { "kubernetes.io/ingress.class": "istio" } }), undefined);
    });

    it("are taken away where this gateway wrote them last, and no more serves it", () => {
        assert.deepEqual(wanted({ ingressClassName: "private" }, { status: there, manager: WRITER }), []);
        assert.equal(wanted({ ingressClassName: "private" }, { status: there, manager: "nginx-ingress-controller" }), undefined);
        assert.equal(wanted({ ingressClassName: "private" }, { manager: WRITER }), undefined, "nothing stands there");
    });

    it("come of the load balancer and of external addresses, each once; of a name where it is one", () => {
        const service = seenService({
            spec: { externalIPs: ["198.51.100.2", "203.0.113.7"] },
            status: { loadBalancer: { ingress: [{ ip: "203.0.113.7" }, { hostname: "lb.example.com" }, {}] } },
        });
        assert.deepEqual(service.addresses, [{ ip: "198.51.100.2" }, { ip: "203.0.113.7" }, { hostname: "lb.example.com" }]);
        assert.deepEqual(seenService({ spec: { type: "ExternalName", externalName: "edge.example.com" } }).addresses, [
            { hostname: "edge.example.com" },
        ]);
        assert.deepEqual(seenService({ spec: {} }).addresses, []);
    });

    it("are written under a name that the API server takes, however long the gateway's is", () => {
        const long = writerName({ namespace: "n".repeat(63), name: "m".repeat(63) });
        assert.ok(long.length <= 128);
        assert.notEqual(long, writerName({ namespace: "n".repeat(63), name: `${"m".repeat(62)}x` }));
    });
});
