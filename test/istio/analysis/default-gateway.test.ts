/** Istio's own ingress gateway, taken for granted where the configuration brings none. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { analyze, type KubeObject } from "../../../istio";
import { deployment, gateway, meshConfig, pod, secret, secure, server, service, virtualService } from "./corpus/objects";

const OWN = { istio: "ingressgateway" };
const front = (...servers: readonly object[]): KubeObject => gateway("front", { selector: OWN, servers });
const found = (objects: readonly KubeObject[], defaultGateway = true): string[] =>
    analyze(
        objects.map((object) => ({ object })),
        { now: Date.now(), defaultGateway },
    )
        .filter(({ code }) => code.startsWith("IST"))
        .map(({ code, object, field }) => `${code} ${object?.kind} ${field}`);

describe("the ingress gateway of Istio's own", () => {
    it("is there with its standard ports, and no other", () => {
        assert.deepEqual(
            found(
                [80, 443, 31400, 15443].map((port) =>
                    gateway(`g${port}`, { selector: OWN, servers: [server(port, [`p${port}.example.com`])] }),
                ),
            ),
            [],
        );
        assert.deepEqual(found([front(server(8080, ["a.com"]))]), ["IST0162 Gateway spec.servers[0].port.number"]);
    });

    it("is not there where nobody takes it for granted", () => {
        assert.deepEqual(found([front(server(80, ["a.com"]))], false), ["IST0101 Gateway spec.selector"]);
    });

    it("does not stand for gateways of other labels", () => {
        assert.deepEqual(found([gateway("front", { selector: { istio: "edge" }, servers: [server(80, ["a.com"])] })]), [
            "IST0101 Gateway spec.selector",
        ]);
    });

    it("has its Secrets in istio-system", () => {
        const tls = front(secure("cert", ["a.com"]));
        assert.deepEqual(found([tls]), ["IST0101 Gateway spec.servers[0].tls.credentialName"]);
        assert.deepEqual(found([tls, secret("istio-system/cert", {})]), ["IST0161 Gateway spec.servers[0].tls.credentialName"]);
    });

    for (const [title, brought] of [
        ["a Deployment", [deployment("edge/gw", { ...OWN, app: "gw" })]],
        ["a pod", [pod("edge/gw", OWN)]],
    ] as const) {
        it(`gives way to ${title} with its label`, () => {
            assert.deepEqual(found([...brought, service("edge/gw", [8080], OWN), front(server(8080, ["a.com"]))]), []);
            assert.deepEqual(found([...brought, front(server(80, ["a.com"]))]), ["IST0162 Gateway spec.servers[0].port.number"]);
        });
    }

    it("has the ports of a Service that the configuration brings for it", () => {
        const own = service("edge/gw", [80, 8080], { ...OWN, app: "gw" });
        assert.deepEqual(found([own, front(server(8080, ["a.com"]))]), []);
        assert.deepEqual(found([own, front(server(443, ["a.com"]))]), ["IST0162 Gateway spec.servers[0].port.number"]);
    });

    it("is off where the mesh's configuration says so, and has the name that it says", () => {
        for (const off of ["OFF", '"OFF"'])
            assert.deepEqual(found([meshConfig(`ingressControllerMode: ${off}`), front(server(80, ["a.com"]))]), [
                "IST0101 Gateway spec.selector",
            ]);
        const route = virtualService("web", {
            hosts: ["a.com"],
            http: [{ route: [{ destination: { host: "front.istio-system.svc.cluster.local", port: { number: 80 } } }] }],
        });
        assert.deepEqual(found([meshConfig("ingressService: front"), route]), []);
        assert.deepEqual(found([route]), ["IST0101 VirtualService spec.http[0].route[0].destination.host"]);
    });

    it("is not judged itself", () => assert.deepEqual(analyze([], { now: 0, defaultGateway: true }), []));
});
