import assert from "node:assert/strict";
import { explain, parseQuestion } from "../../../proxy/explain";
import { compileYaml } from "../compiler/support";

const YAML = `
apiVersion: v1
kind: Service
metadata: { name: reviews, namespace: shop }
spec: { clusterIP: 10.0.0.7, ports: [{ name: http, port: 80 }, { name: mysql, port: 3306 }] }
---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: { name: httpbin, namespace: shop }
spec:
  hosts: [httpbin.org]
  ports: [{ number: 443, name: https, protocol: HTTPS }]
  resolution: STATIC
  endpoints: [{ address: 192.0.2.1 }]
---
apiVersion: networking.istio.io/v1
kind: Sidecar
metadata: { name: default, namespace: shop }
spec: { outboundTrafficPolicy: { mode: REGISTRY_ONLY } }
`;

describe("what is said of an application's own traffic", () => {
    const { tables } = compileYaml(YAML, { mode: "mesh", namespace: "shop", labels: { app: "web" } });
    const of = (url: string): ReturnType<typeof explain> => explain(parseQuestion(url), tables);

    it("names the host that HTTP is for, by any of its names", () => {
        for (const host of ["reviews", "reviews.shop", "10.0.0.7"]) {
            const said = of(`http://${host}/x`);
            assert.equal(said.destination?.cluster, "outbound|80||reviews.shop.svc.cluster.local", host);
            assert.match(said.steps[0]?.text ?? "", /for what is meant for port 80/);
        }
    });

    it("tells TLS by its server name, and TCP by the address or by whose it is", () => {
        assert.equal(of("https://httpbin.org/").destination?.cluster, "outbound|443||httpbin.org");
        assert.equal(of("tcp://10.0.0.7:3306").destination?.cluster, "outbound|3306||reviews.shop.svc.cluster.local");
        assert.equal(of("tcp://reviews.shop.svc.cluster.local:3306").action, "tcp");
    });

    it("says what becomes of what nothing defines", () => {
        assert.equal(of("http://nobody.org/").status, 502);
        assert.match(
            of("https://nobody.org/")
                .steps.map(({ text }) => text)
                .join("\n"),
            /closed/,
        );
    });
});
