/** S1: one HTTP virtual host behind the shared ingress gateway. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "mocha";
import { eventually } from "../support/eventually";
import { httpBackend, play, serviceYaml, type Backend, type Scenario } from "../support/scenario";

const GATEWAY = `
apiVersion: networking.istio.io/v1alpha3
kind: Gateway
metadata: { name: coolstore-gateway, namespace: istioinaction }
spec:
  selector: { istio: ingressgateway }
  servers:
    - port: { number: 80, name: http, protocol: HTTP }
      hosts: ["webapp.istioinaction.io"]
`;
const ROUTE = `
apiVersion: networking.istio.io/v1alpha3
kind: VirtualService
metadata: { name: webapp-vs-from-gw, namespace: istioinaction }
spec:
  hosts: ["webapp.istioinaction.io"]
  gateways: [coolstore-gateway]
  http:
    - route:
        - destination: { host: webapp, port: { number: 80 } }
`;

describe("S1 HTTP virtual host", function () {
    this.timeout(600_000);
    let webapp: Backend;
    let scenario: Scenario;

    before(async () => {
        webapp = await httpBackend((request, response) => {
            response.end(JSON.stringify({ path: request.url, host: request.headers.host }));
        });
        scenario = await play({
            ports: [80],
            files: {
                "gateway.yaml": GATEWAY,
                "route.yaml": ROUTE,
                "webapp.yaml": serviceYaml("webapp", 80, webapp.port, { namespace: "istioinaction" }),
            },
        });
    });
    after(async () => {
        await scenario.stop();
        await webapp.stop();
    });

    const get = (host: string, target = "/api/catalog"): ReturnType<Scenario["curl"]> =>
        scenario.curl("-w", "\n%{http_code}", "-H", `Host: ${host}`, `http://localhost:${scenario.port(80)}${target}`);

    it("answers 200 for its host, with the Host header forwarded as sent", async () => {
        const { stdout } = await get("webapp.istioinaction.io");
        assert.equal(stdout, '{"path":"/api/catalog","host":"webapp.istioinaction.io"}\n200');
    });

    it("ignores case and the port of the Host header for the choice", async () => {
        assert.match((await get("WebApp.IstioInAction.io:80")).stdout, /\n200$/);
    });

    it("answers 404 with an empty body for any other host", async () => {
        assert.equal((await get("other.istioinaction.io")).stdout, "\n404");
        assert.equal((await get("localhost")).stdout, "\n404");
    });

    it("answers 503 for its host alone when the backend is down", async () => {
        await scenario.write(
            "down.yaml",
            `${ROUTE.replace("webapp-vs-from-gw", "down-vs").replace("webapp.istioinaction.io", "down.istioinaction.io").replace("host: webapp", "host: down")}
---
${GATEWAY.replace("coolstore-gateway", "down-gateway").replace("webapp.istioinaction.io", "down.istioinaction.io")}
---
${serviceYaml("down", 80, 1, { namespace: "istioinaction" })}`.replace("gateways: [coolstore-gateway]", "gateways: [down-gateway]"),
        );
        await eventually(async () => assert.match((await get("down.istioinaction.io")).stdout, /503$/));
        assert.match((await get("webapp.istioinaction.io")).stdout, /\n200$/);
    });
});
