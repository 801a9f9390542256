/** S6: two TLS backends behind one passthrough port, chosen by SNI. */
import assert from "node:assert/strict";
import { createServer } from "node:https";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { after, before, describe, it } from "mocha";
import { makeAuthority, type TestAuthority } from "../support/certificates";
import { eventually } from "../support/eventually";
import { backendOf, play, serviceYaml, type Backend, type Scenario } from "../support/scenario";

const objects = (number: 1 | 2, gatewayName: string): string => `
apiVersion: networking.istio.io/v1alpha3
kind: Gateway
metadata: { name: ${gatewayName}, namespace: istioinaction }
spec:
  selector: { istio: ingressgateway }
  servers:
    - port: { number: 31400, name: tcp-sni-${number}, protocol: TLS }
      hosts: ["simple-sni-${number}.istioinaction.io"]
      tls: { mode: PASSTHROUGH }
---
apiVersion: networking.istio.io/v1alpha3
kind: VirtualService
metadata: { name: simple-sni-${number}-vs, namespace: istioinaction }
spec:
  hosts: ["simple-sni-${number}.istioinaction.io"]
  gateways: [${gatewayName}]
  tls:
    - match: [{ port: 31400, sniHosts: ["simple-sni-${number}.istioinaction.io"] }]
      route: [{ destination: { host: simple-tls-service-${number}, port: { number: 80 } } }]
`;

describe("S6 SNI passthrough", function () {
    this.timeout(600_000);
    let ca: TestAuthority;
    let backends: Backend[];
    let scenario: Scenario;

    const service = (number: 1 | 2): string =>
        serviceYaml(`simple-tls-service-${number}`, 80, backends[number - 1]?.port ?? 0, { namespace: "istioinaction", portName: "tls" });

    before(async () => {
        ca = await makeAuthority();
        backends = await Promise.all(
            [1, 2].map(async (number) => {
                const issued = await ca.issue({ dns: [`simple-sni-${number}.istioinaction.io`] });
                return backendOf(
                    createServer({ key: issued.key, cert: issued.cert }, (_request, response) => {
                        response.end(`Hello from simple-tls-service-${number}!!!`);
                    }),
                );
            }),
        );
        scenario = await play({
            ports: [31400],
            files: { "one.yaml": objects(1, "sni-passthrough-gateway"), "service-1.yaml": service(1) },
        });
        writeFileSync(path.join(scenario.fileRoot, "ca.pem"), ca.cert);
    });
    after(async () => {
        await scenario.stop();
        await Promise.all(backends.map((backend) => backend.stop()));
    });

    const get = (host: string): ReturnType<Scenario["curl"]> => {
        const port = scenario.port(31400);
        return scenario.curl(
            "--cacert",
            path.join(scenario.fileRoot, "ca.pem"),
            "--resolve",
            `${host}:${port}:127.0.0.1`,
            `https://${host}:${port}/`,
        );
    };

    it("hands the connection through: the backend's own certificate is what curl verifies", async () => {
        assert.deepEqual(await get("simple-sni-1.istioinaction.io"), { code: 0, stdout: "Hello from simple-tls-service-1!!!", stderr: "" });
    });

    it("refuses an SNI that nobody serves", async () => {
        assert.equal((await get("simple-sni-2.istioinaction.io")).code, 35);
    });

    it("chooses between two backends on one port once a second Gateway joins", async () => {
        await scenario.write("two.yaml", objects(2, "sni-passthrough-gateway-2"));
        await scenario.write("service-2.yaml", service(2));
        await eventually(async () =>
            assert.equal((await get("simple-sni-2.istioinaction.io")).stdout, "Hello from simple-tls-service-2!!!"),
        );
        assert.equal((await get("simple-sni-1.istioinaction.io")).stdout, "Hello from simple-tls-service-1!!!");
    });
});
