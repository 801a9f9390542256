/** S15: HTTP, HTTPS and MySQL's port on one gateway; the TCP server's hosts are not used for matching. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { connect } from "node:net";
import path from "node:path";
import { after, before, describe, it } from "mocha";
import { makeAuthority } from "../support/certificates";
import { httpBackend, play, serviceYaml, tcpBackend, type Backend, type Scenario } from "../support/scenario";

const OBJECTS = `
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: { name: every-port, namespace: default }
spec:
  selector: { istio: ingressgateway }
  servers:
    - { port: { number: 80, name: http, protocol: HTTP }, hosts: ["shop.example.com"] }
    - { port: { number: 443, name: https, protocol: HTTPS }, hosts: ["shop.example.com"], tls: { mode: SIMPLE, credentialName: shop } }
    - { port: { number: 3306, name: mysql, protocol: TCP }, hosts: ["db.example.com"] }
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: shop, namespace: default }
spec:
  hosts: ["shop.example.com"]
  gateways: [every-port]
  http: [{ route: [{ destination: { host: shop, port: { number: 80 } } }] }]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: tcp, namespace: default }
spec:
  hosts: ["db.example.com"]
  gateways: [every-port]
  tcp: [{ match: [{ port: 3306 }], route: [{ destination: { host: mysql, port: { number: 3306 } } }] }]
`;

describe("S15 every port", function () {
    this.timeout(600_000);
    let backends: Backend[];
    let scenario: Scenario;

    before(async () => {
        const shop = await httpBackend((_request, response) => {
            response.end("shop");
        });
        const mysql = await tcpBackend((socket) => {
            socket.end("8.4.0 mysql\n");
        });
        backends = [shop, mysql];
        const ca = await makeAuthority();
        const issued = await ca.issue({ dns: ["shop.example.com"] });
        const secret = `
apiVersion: v1
kind: Secret
metadata: { name: shop, namespace: istio-system }
stringData: { tls.crt: ${JSON.stringify(issued.cert)}, tls.key: ${JSON.stringify(issued.key)} }
`;
        scenario = await play({
            ports: [80, 443, 3306],
            files: {
                "objects.yaml": OBJECTS,
                "secret.yaml": secret,
                "services.yaml": [serviceYaml("shop", 80, shop.port), serviceYaml("mysql", 3306, mysql.port, { portName: "mysql" })].join(
                    "---\n",
                ),
            },
        });
        writeFileSync(path.join(scenario.fileRoot, "ca.pem"), ca.cert);
    });
    after(async () => {
        await scenario.stop();
        await Promise.all(backends.map((backend) => backend.stop()));
    });

    it("serves HTTP and HTTPS", async () => {
        assert.equal((await scenario.curl("-H", "Host: shop.example.com", `http://127.0.0.1:${scenario.port(80)}/`)).stdout, "shop");
        const port = scenario.port(443);
        assert.equal(
            (
                await scenario.curl(
                    "--cacert",
                    path.join(scenario.fileRoot, "ca.pem"),
                    "--resolve",
                    `shop.example.com:${port}:127.0.0.1`,
                    `https://shop.example.com:${port}/`,
                )
            ).stdout,
            "shop",
        );
    });

    it("passes TCP through whatever host its server names", async () => {
        const greeting = await new Promise<string>((resolve, reject) => {
            const socket = connect(scenario.port(3306), "127.0.0.1");
            socket.setEncoding("utf8").once("data", resolve).once("error", reject);
        });
        assert.equal(greeting, "8.4.0 mysql\n");
    });
});
