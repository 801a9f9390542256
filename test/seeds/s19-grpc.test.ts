/** S19: gRPC by service and method, over TLS and in the clear, from clients of gRPC and from a page. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import path from "node:path";
import * as grpc from "@grpc/grpc-js";
import { after, before, describe, it } from "mocha";
import { startSample, type RunningSample } from "../../samples";
import { readMessage, textAt, writeMessage } from "../../samples/grpc/protobuf";
import { makeAuthority } from "../support/certificates";
import { eventually } from "../support/eventually";
import { playPage } from "../support/grpc-page";
import { play, serviceYaml, type Scenario } from "../support/scenario";
import { stage } from "../support/stage";

const HOST = "grpc.example.com";
const OBJECTS = `
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: { name: calls, namespace: default }
spec:
  selector: { istio: ingressgateway }
  servers:
    - { port: { number: 80, name: http, protocol: HTTP }, hosts: ["${HOST}"] }
    - { port: { number: 443, name: https, protocol: HTTPS }, hosts: ["${HOST}"], tls: { mode: SIMPLE, credentialName: calls } }
    - { port: { number: 9000, name: grpc, protocol: GRPC }, hosts: ["${HOST}"] }
    - { port: { number: 8080, name: grpc-web, protocol: GRPC-WEB }, hosts: ["${HOST}"] }
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: calls, namespace: default }
spec:
  hosts: ["${HOST}"]
  gateways: [calls]
  http:
    - { match: [{ uri: { exact: /echo.v1.Echo/Say }, headers: { canary: { exact: "yes" } } }], route: [{ destination: { host: canary } }] }
    - { match: [{ uri: { prefix: /echo.v1.Echo/ } }], route: [{ destination: { host: echo } }] }
    - { match: [{ uri: { prefix: / }, withoutHeaders: { content-type: { prefix: application/grpc } } }], route: [{ destination: { host: page } }] }
---
apiVersion: telemetry.istio.io/v1
kind: Telemetry
metadata: { name: mesh, namespace: istio-system }
spec: { accessLogging: [{ providers: [{ name: envoy }] }] }
`;

describe("S19 gRPC", function () {
    this.timeout(600_000);
    let samples: RunningSample[];
    let scenario: Scenario;
    let authority: string;
    const clients: grpc.Client[] = [];

    before(async () => {
        const sample = (name: string, pod: string): Promise<RunningSample> =>
            startSample(name, { HOST: stage().backendAddress, POD_NAME: pod });
        samples = await Promise.all([sample("grpc-echo", "echo"), sample("grpc-echo", "canary"), sample("grpc-page", "page")]);
        const [echo, canary, page] = samples as [RunningSample, RunningSample, RunningSample];
        const ca = await makeAuthority();
        const issued = await ca.issue({ dns: [HOST] });
        authority = ca.cert;
        scenario = await play({
            ports: [80, 443, 8080, 9000],
            files: {
                "objects.yaml": OBJECTS,
                "secret.yaml": `
apiVersion: v1
kind: Secret
metadata: { name: calls, namespace: istio-system }
stringData: { tls.crt: ${JSON.stringify(issued.cert)}, tls.key: ${JSON.stringify(issued.key)} }
`,
                "services.yaml": [
                    serviceYaml("echo", 9000, echo.port, { portName: "grpc" }),
                    serviceYaml("canary", 9000, canary.port, { portName: "http2" }),
                    serviceYaml("page", 80, page.port),
                ].join("---\n"),
            },
        });
        writeFileSync(path.join(scenario.fileRoot, "ca.pem"), ca.cert);
    });
    after(async () => {
        for (const client of clients) client.close();
        await scenario.stop();
        await Promise.all(samples.map((sample) => sample.close()));
    });

    const client = (port: number, credentials: grpc.ChannelCredentials): grpc.Client => {
        const options = { "grpc.default_authority": HOST, "grpc.ssl_target_name_override": HOST };
        const made = new grpc.Client(`127.0.0.1:${scenario.port(port)}`, credentials, options);
        clients.push(made);
        return made;
    };
    const plain = (): grpc.Client => client(9000, grpc.credentials.createInsecure());
    const secure = (): grpc.Client => client(443, grpc.credentials.createSsl(Buffer.from(authority)));
    const encode = (text: string): Buffer => writeMessage({ 1: text, 2: 3 });
    const decode = (bytes: Buffer): string => ["1", "2"].map((field) => textAt(readMessage(bytes), Number(field))).join("@");
    const say = (one: grpc.Client, text: string, metadata: Record<string, string> = {}, method = "/echo.v1.Echo/Say"): Promise<string> =>
        new Promise((resolve, reject) => {
            const sent = new grpc.Metadata();
            for (const [name, value] of Object.entries(metadata)) sent.set(name, value);
            one.makeUnaryRequest(method, encode, decode, text, sent, (error, reply) => (error ? reject(error) : resolve(reply ?? "")));
        });

    it("goes by service, method and metadata, in the clear and over TLS", async () => {
        for (const one of [plain(), secure()]) {
            assert.equal(await say(one, "a"), "a@echo");
            assert.equal(await say(one, "b", { canary: "yes" }), "b@canary");
        }
    });

    it("streams both ways at once", async () => {
        const call = secure().makeBidiStreamRequest("/echo.v1.Echo/Chat", encode, decode);
        const replies: string[] = [];
        const asked = ["b", "c"];
        const ended = new Promise<void>((resolve, reject) => call.on("end", resolve).on("error", reject));
        call.on("data", (reply: string) => {
            replies.push(reply);
            const next = asked.shift();
            if (next === undefined) call.end();
            else call.write(next);
        });
        call.write("a");
        await ended;
        assert.deepEqual(replies, ["a@echo", "b@echo", "c@echo"]);
        const stream = plain().makeServerStreamRequest("/echo.v1.Echo/Repeat", encode, decode, "a");
        const repeated: string[] = [];
        for await (const reply of stream as AsyncIterable<string>) repeated.push(reply);
        assert.deepEqual(repeated, ["a@echo", "a@echo", "a@echo"]);
    });

    it("makes calls of what a page sends on the port of gRPC-Web", async () => {
        const page = await playPage(`http://127.0.0.1:${scenario.port(8080)}`, HOST);
        assert.equal(await page.click("form", "submit"), "hello  (pod echo)\nOK\n");
        assert.equal(await page.click("fail"), "UNAVAILABLE: the call asked for status 14\n");
    });

    it("tells a client of gRPC by its status that nothing is there for a call", async () => {
        await assert.rejects(say(plain(), "a", {}, "/other.v1.Other/Say"), { code: grpc.status.UNIMPLEMENTED });
    });

    it("shares its ports with HTTP, of either version", async () => {
        const shown = ["-o", "/dev/null", "-w", "%{http_code} %{http_version}"];
        const resolve = ["--resolve", `${HOST}:${scenario.port(443)}:127.0.0.1`, "--cacert", path.join(scenario.fileRoot, "ca.pem")];
        const https = `https://${HOST}:${scenario.port(443)}/`;
        assert.equal((await scenario.curl(...shown, "--http2", ...resolve, https)).stdout, "200 2");
        assert.equal((await scenario.curl(...shown, "--http1.1", ...resolve, https)).stdout, "200 1.1");
        const http = ["-H", `Host: ${HOST}`, `http://127.0.0.1:${scenario.port(80)}/`];
        assert.equal((await scenario.curl(...shown, "--http2-prior-knowledge", ...http)).stdout, "200 2");
        assert.equal((await scenario.curl(...shown, ...http)).stdout, "200 1.1");
    });

    it("is logged with the protocol that its client speaks, and with what became of it", async () => {
        const cut = plain().makeServerStreamRequest("/echo.v1.Echo/Repeat", () => writeMessage({ 1: "a", 2: 100, 3: 50 }), decode, "a");
        cut.on("error", () => undefined).once("data", () => cut.cancel());
        await eventually(() => {
            const lines = scenario.proxy.stdout();
            assert.match(lines, /"POST \/echo\.v1\.Echo\/Say HTTP\/2" 200 /);
            assert.match(lines, /"POST \/echo\.v1\.Echo\/Repeat HTTP\/2" 200 DR http2.remote_reset /);
            assert.match(lines, /"POST \/other\.v1\.Other\/Say HTTP\/2" 200 NR /);
            assert.match(lines, /"GET \/ HTTP\/2" 200 /);
            assert.match(lines, /"GET \/ HTTP\/1\.1" 200 /);
        });
    });
});
