/** S9: a gateway of one's own beside the shared one: neither sees the other's objects. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "mocha";
import { httpBackend, play, serviceYaml, type Backend, type Scenario } from "../support/scenario";
import { startProxy, type RunningProxy } from "../support/gatehouse";
import { freePorts } from "../../harness/ports";

const objects = (echoPort: number, target: number): string => `
apiVersion: v1
kind: Service
metadata: { name: echo-ingress, namespace: default }
spec:
  type: LoadBalancer
  selector: { gateway-name: echo-ingress, gateway-type: ingress }
  ports: [{ name: http, port: 8000, targetPort: ${target} }]
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: { name: echo, namespace: default }
spec:
  selector: { gateway-name: echo-ingress, gateway-type: ingress }
  servers: [{ port: { number: 8000, name: http, protocol: HTTP }, hosts: ["*"] }]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: echo, namespace: default }
spec:
  hosts: ["*"]
  gateways: [echo]
  http: [{ route: [{ destination: { host: echo.default.svc.cluster.local, port: { number: 80 } } }] }]
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: { name: shared, namespace: istio-system }
spec:
  selector: { istio: ingressgateway }
  servers: [{ port: { number: 80, name: http, protocol: HTTP }, hosts: ["*"] }]
---
${serviceYaml("echo", 80, echoPort)}`;

describe("S9 a gateway of one's own", function () {
    this.timeout(600_000);
    let echo: Backend;
    let shared: Scenario;
    let own: RunningProxy;
    let ownPort: number;

    before(async () => {
        echo = await httpBackend((_request, response) => {
            response.end("echo");
        });
        [ownPort = 0] = await freePorts(1);
        shared = await play({ ports: [80], files: { "objects.yaml": objects(echo.port, ownPort) } });
        own = await startProxy([
            ...(await shared.sourceArgs("default")),
            "--labels",
            "gateway-name=echo-ingress,gateway-type=ingress",
            "--namespace",
            "default",
            "--bind",
            "127.0.0.1",
            "--concurrency",
            "1",
        ]);
    });
    after(async () => {
        await own.stop();
        await shared.stop();
        await echo.stop();
    });

    it("serves its own Gateway", async () => {
        assert.equal((await shared.curl(`http://127.0.0.1:${ownPort}/`)).stdout, "echo");
    });

    it("leaves the shared gateway untouched: nothing of the own one is served there", async () => {
        assert.equal((await shared.curl("-o", "/dev/null", "-w", "%{http_code}", `http://127.0.0.1:${shared.port(80)}/`)).stdout, "404");
    });
});
