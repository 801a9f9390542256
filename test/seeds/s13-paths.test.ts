/** S13: path prefixes, over HTTP and HTTPS alike, and a VirtualService that names its gateway in the old way. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { after, before, describe, it } from "mocha";
import { makeAuthority, type TestCertificate } from "../support/certificates";
import { httpbinBackend, play, serviceYaml, type Backend, type Scenario } from "../support/scenario";

const objects = (issued: TestCertificate): string => `
apiVersion: v1
kind: Secret
metadata: { name: httpbin-credential, namespace: istio-system }
type: kubernetes.io/tls
stringData:
  tls.crt: ${JSON.stringify(issued.cert)}
  tls.key: ${JSON.stringify(issued.key)}
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: { name: default-gateway, namespace: istio-system }
spec:
  selector: { istio: ingressgateway }
  servers:
    - port: { number: 80, name: http, protocol: HTTP }
      hosts: ["*"]
    - port: { number: 443, name: https, protocol: HTTPS }
      hosts: ["*"]
      tls: { mode: SIMPLE, credentialName: httpbin-credential }
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: httpbin, namespace: default }
spec:
  hosts: ["*"]
  gateways: [istio-system/default-gateway]
  http:
    - match: [{ uri: { prefix: /status } }, { uri: { prefix: /delay } }]
      route: [{ destination: { host: httpbin, port: { number: 8000 } } }]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: counter, namespace: default }
spec:
  hosts: ["*"]
  gateways: [default-gateway.istio-system.svc.cluster.local]
  http:
    - match: [{ uri: { prefix: /counter } }]
      route: [{ destination: { host: httpbin, port: { number: 8000 } } }]
`;

describe("S13 paths", function () {
    this.timeout(600_000);
    let httpbin: Backend;
    let scenario: Scenario;

    before(async () => {
        httpbin = await httpbinBackend();
        const ca = await makeAuthority();
        const issued = await ca.issue({ dns: ["httpbin.example.com"] });
        scenario = await play({
            ports: [80, 443],
            files: { "objects.yaml": objects(issued), "httpbin.yaml": serviceYaml("httpbin", 8000, httpbin.port) },
        });
        writeFileSync(path.join(scenario.fileRoot, "ca.pem"), ca.cert);
    });
    after(async () => {
        await scenario.stop();
        await httpbin.stop();
    });

    const status = async (target: string, scheme: "http" | "https"): Promise<string> => {
        const port = scenario.port(scheme === "http" ? 80 : 443);
        const { stdout } = await scenario.curl(
            "-o",
            "/dev/null",
            "-w",
            "%{http_code}",
            "--cacert",
            path.join(scenario.fileRoot, "ca.pem"),
            "--resolve",
            `httpbin.example.com:${port}:127.0.0.1`,
            `${scheme}://httpbin.example.com:${port}${target}`,
        );
        return stdout;
    };

    for (const scheme of ["http", "https"] as const) {
        it(`routes the prefixes of both VirtualServices and nothing else over ${scheme}`, async () => {
            assert.equal(await status("/status/200", scheme), "200");
            assert.equal(await status("/status/418", scheme), "418");
            assert.equal(await status("/delay/0", scheme), "200");
            assert.equal(await status("/counter", scheme), "200");
            assert.equal(await status("/headers", scheme), "404");
            // Istio's prefix is a plain string prefix: /statuses starts with /status.
            assert.equal(await status("/statuses", scheme), "200");
        });
    }

    it("warns about the gateway named in the old way", async () => {
        const line = await scenario.proxy.waitFor((one) => JSON.stringify(one).includes("default-gateway.istio-system.svc.cluster.local"));
        assert.match(JSON.stringify(line), /VirtualService default\/counter|"name":"counter"/);
    });
});
