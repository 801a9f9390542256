import assert from "node:assert/strict";
import { analyze, type KubeObject } from "../../../istio";

const NAME = "gatehouse.dev/forward-proxy";

function object(kind: string, name: string, annotation: string | undefined, spec: object): KubeObject {
    const metadata = { name, namespace: "out", ...(annotation === undefined ? {} : { annotations: { [NAME]: annotation } }) };
    return { apiVersion: "networking.istio.io/v1", kind, metadata, spec } as unknown as KubeObject;
}

const SERVER = { servers: [{ port: { number: 3128, name: "http-proxy", protocol: "HTTP" }, hosts: ["*"] }] };
const ENTRY = { hosts: ["a.example"], ports: [{ number: 443, name: "tls", protocol: "TLS" }], resolution: "DNS" };

describe("the forward proxies that a ServiceEntry names", () => {
    it("are Gateways that are there, with servers that are forward proxies", () => {
        const objects = [
            object("Gateway", "proxy", "http-proxy", SERVER),
            object("Gateway", "plain", undefined, SERVER),
            object("ServiceEntry", "a", "out/proxy, out/plain,out/gone", ENTRY),
        ];
        const found = analyze(
            objects.map((one) => ({ object: one })),
            { now: Date.now() },
        ).filter(({ object: about }) => about?.kind === "ServiceEntry");
        assert.deepEqual(
            found.map(({ code, message, field }) => `${code} ${field}: ${message}`),
            ["out/gone", "out/plain"].map(
                (name) => `IST0101 metadata.annotations["${NAME}"]: Referenced forward proxy not found: "${name}"`,
            ),
        );
        assert.match(found[1]?.fix ?? "", /has no annotation/);
    });
});
