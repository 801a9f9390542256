/** S5: a TCP service behind port 31400. */
import assert from "node:assert/strict";
import { connect } from "node:net";
import { after, before, describe, it } from "mocha";
import { play, serviceYaml, tcpBackend, type Backend, type Scenario } from "../support/scenario";

const OBJECTS = `
apiVersion: networking.istio.io/v1alpha3
kind: Gateway
metadata: { name: echo-tcp-gateway, namespace: istioinaction }
spec:
  selector: { istio: ingressgateway }
  servers:
    - port: { number: 31400, name: tcp-echo, protocol: TCP }
      hosts: ["*"]
---
apiVersion: networking.istio.io/v1alpha3
kind: VirtualService
metadata: { name: tcp-echo-vs-from-gw, namespace: istioinaction }
spec:
  hosts: ["*"]
  gateways: [echo-tcp-gateway]
  tcp:
    - match: [{ port: 31400 }]
      route:
        - destination: { host: tcp-echo-service, port: { number: 2701 } }
`;

describe("S5 TCP", function () {
    this.timeout(600_000);
    let echo: Backend;
    let scenario: Scenario;

    before(async () => {
        echo = await tcpBackend((socket) => {
            socket.write("Welcome, you are connected to node local.\n");
            socket.pipe(socket);
        });
        scenario = await play({
            ports: [31400],
            files: {
                "echo.yaml": OBJECTS,
                "service.yaml": serviceYaml("tcp-echo-service", 2701, echo.port, { namespace: "istioinaction", portName: "tcp" }),
            },
        });
    });
    after(async () => {
        await scenario.stop();
        await echo.stop();
    });

    it("prints the backend's greeting and echoes, half-close kept", async () => {
        const received = await new Promise<string>((resolve, reject) => {
            const socket = connect({ port: scenario.port(31400), host: "127.0.0.1", allowHalfOpen: true });
            let text = "";
            socket.setEncoding("utf8").on("data", (chunk: string) => {
                text += chunk;
            });
            socket.on("connect", () => socket.end("hello there\n"));
            socket.on("end", () => resolve(text));
            socket.on("error", reject);
        });
        assert.equal(received, "Welcome, you are connected to node local.\nhello there\n");
    });
});
