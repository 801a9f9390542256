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
    it("is what its HTTP proxy does where that is asked", () => {
        const options = {
            mode: "mesh",
            namespace: "shop",
            labels: { app: "web" },
            httpProxy: { address: "127.0.0.1", port: 15_080 },
        } as const;
        const { tables: own } = compileYaml(YAML, options);
        const asked = (url: string): ReturnType<typeof explain> => explain(parseQuestion(url, { proxyPort: 15_080 }), own);
        const inner = asked("http://reviews.shop/x");
        assert.deepEqual([inner.listener?.port, inner.destination?.cluster], [15_080, "outbound|80||reviews.shop.svc.cluster.local"]);
        assert.match(inner.steps[0]?.text ?? "", /opened on port 15080/);
        const tunnel = asked("https://httpbin.org/");
        assert.equal(tunnel.destination?.host, "httpbin.org");
        assert.ok(tunnel.steps.some(({ text }) => text === "CONNECT for httpbin.org:443"));
        assert.deepEqual([asked("http://nobody.org/").status, asked("https://nobody.org/").status], [502, 502]);
        // Nothing is a proxy on the ports that are captured.
        assert.match(
            explain(parseQuestion("http://reviews.shop/x", { proxyPort: 80 }), own).steps[0]?.text ?? "",
            /^nothing listens on port 80/,
        );
    });

    it("is that a name or an address nothing defines is gone to, where that is allowed", () => {
        const open = YAML.replace("REGISTRY_ONLY", "ALLOW_ANY");
        const { tables: own } = compileYaml(open, { mode: "mesh", namespace: "shop", httpProxy: { address: "127.0.0.1", port: 15_080 } });
        for (const options of [{}, { proxyPort: 15_080 }]) {
            const { status, action, steps } = explain(parseQuestion("http://nobody.org/", options), own);
            assert.deepEqual([status, action], [null, "forward"]);
            const told = steps.map(({ text }) => text).join("\n");
            assert.match(told, /→ (the address that the connection was meant for|what the name that is asked for comes out at)/);
            assert.doesNotMatch(told, /no endpoint|DestinationRule/);
        }
    });

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
