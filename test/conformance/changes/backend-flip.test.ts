/** A route that is led from one backend to another two hundred times, while clients of both protocols ask without a pause. */
import assert from "node:assert/strict";
import { Agent, get } from "node:http";
import http2 from "node:http2";
import { after, before, describe, it } from "mocha";
import { backendOf, httpBackend, play, serviceYaml, type Backend, type Scenario } from "../../support/scenario";

const FLIPS = 200;
const CLIENTS = 3;

const objects = (to: number): string => `
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: { name: edge, namespace: default }
spec:
  selector: { istio: ingressgateway }
  servers: [{ port: { number: 80, name: http, protocol: HTTP }, hosts: ["*"] }]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: app, namespace: default }
spec:
  hosts: ["*"]
  gateways: [edge]
  http: [{ route: [{ destination: { host: app${to}, port: { number: 80 } } }] }]
`;

describe("a route that flips its backend", function () {
    this.timeout(600_000);
    let backends: Backend[];
    let scenario: Scenario;

    before(async () => {
        const http1 = await httpBackend((_, response) => response.end("0"));
        const server = http2.createServer();
        server.on("stream", (stream) => {
            stream.on("error", () => {});
            stream.respond({ ":status": 200 });
            stream.end("1");
        });
        const h2 = await backendOf(server);
        backends = [http1, h2];
        scenario = await play({
            ports: [80],
            args: ["--drain-seconds", "2", "--concurrency", "2"],
            files: {
                "objects.yaml": objects(0),
                "services.yaml": [
                    serviceYaml("app0", 80, http1.port),
                    serviceYaml("app1", 80, h2.port).replaceAll("name: http", "name: http2"),
                ].join("---\n"),
            },
        });
    });
    after(async () => {
        await scenario.stop();
        await Promise.all(backends.map((backend) => backend.stop()));
    });

    it("is answered with 200 each time over HTTP/1.1 and HTTP/2, from a backend of HTTP/1.1 and one of HTTP/2 in turn", async () => {
        const seen = new Map<string, number>();
        let flips = true;
        const note = (protocol: string, status: number | undefined, text: string): void => {
            const what = `${protocol} ${status} ${text}`;
            seen.set(what, (seen.get(what) ?? 0) + 1);
        };
        const agent = new Agent({ keepAlive: true, maxSockets: CLIENTS });
        const http1 = (): Promise<void> =>
            new Promise((resolve, reject) => {
                get({ agent, host: "127.0.0.1", port: scenario.port(80) }, (response) => {
                    let text = "";
                    response.on("data", (chunk: Buffer) => (text += chunk.toString()));
                    response.on("end", () => (note("1.1", response.statusCode, text), resolve())).on("error", reject);
                }).on("error", reject);
            });
        const session = http2.connect(`http://127.0.0.1:${scenario.port(80)}`);
        const two = (): Promise<void> =>
            new Promise((resolve, reject) => {
                const stream = session.request({ ":path": "/" });
                let status: number | undefined;
                let text = "";
                stream.on("response", (headers) => (status = headers[":status"]));
                stream.on("data", (chunk: Buffer) => (text += chunk.toString()));
                stream.on("close", () => (note("2", status, text), resolve())).on("error", reject);
            });
        const client = async (ask: () => Promise<void>): Promise<void> => {
            while (flips) await ask();
        };
        const clients = [http1, two].flatMap((ask) => Array.from({ length: CLIENTS }, () => client(ask)));
        const of = (text: string): number => [...seen].reduce((sum, [what, count]) => (what.endsWith(` ${text}`) ? sum + count : sum), 0);
        for (let flip = 1; flip <= FLIPS; flip++) {
            const to = String(flip % 2);
            const before = of(to);
            await scenario.write("objects.yaml", objects(flip % 2));
            // Until the other backend answers: each flip is one that clients see.
            while (of(to) === before) await new Promise((resolve) => setTimeout(resolve, 2));
        }
        flips = false;
        await Promise.all(clients);
        agent.destroy();
        session.close();
        assert.deepEqual([...seen.keys()].sort(), ["1.1 200 0", "1.1 200 1", "2 200 0", "2 200 1"], JSON.stringify([...seen]));
    });
});
