/** How many messages calls of gRPC and gRPC-Web have had: what Envoy's filter counts, which Istio's metrics take, beside ours. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, before, describe, it } from "mocha";
import type { KubeObject } from "../../../istio";
import { freePorts } from "../../../harness/ports";
import { GATEWAY_SELECTOR, istioObject } from "../../answers/support/case";
import { startProxy, type RunningProxy } from "../../support/gatehouse";
import { EchoClient, EchoServer } from "../../support/grpc-calls";
import type { RunningEnvoy } from "../answers/envoys";
import { startMesh, type Mesh } from "./mesh";

const WHAT = "the comparison of gRPC's messages with Istio's";
const EDGE = { namespace: "istio-system", labels: GATEWAY_SELECTOR };

interface Messages {
    readonly requests: number;
    readonly responses: number;
}
type Counts = () => Promise<Messages>;

const message = (...bytes: readonly number[]): Buffer => Buffer.from([0, 0, 0, 0, bytes.length, ...bytes]);

function objects([grpc = 0, web = 0]: readonly number[], backend: number): KubeObject[] {
    const server = (number: number, protocol: string): object => ({
        port: { number, name: protocol.toLowerCase(), protocol },
        hosts: ["*"],
    });
    return [
        istioObject("Gateway", "gw", { selector: GATEWAY_SELECTOR, servers: [server(grpc, "GRPC"), server(web, "GRPC-WEB")] }),
        istioObject("VirtualService", "vs", {
            hosts: ["*"],
            gateways: ["gw"],
            http: [{ route: [{ destination: { host: "grpc.test", port: { number: 80 } } }], retries: { attempts: 0 } }],
        }),
        istioObject("ServiceEntry", "grpc", {
            hosts: ["grpc.test"],
            ports: [{ number: 80, name: "grpc", protocol: "GRPC", targetPort: backend }],
            resolution: "STATIC",
            endpoints: [{ address: "127.0.0.1" }],
        }),
    ];
}

async function over(url: string, type: string, body: Buffer | string): Promise<void> {
    const headers = { "content-type": type, accept: type, "x-grpc-web": "1" };
    const answer = await fetch(url, { method: "POST", headers, body });
    await answer.arrayBuffer();
}

async function called(address: string, call: (client: EchoClient) => Promise<unknown>): Promise<void> {
    const client = new EchoClient(address);
    try {
        await call(client);
    } finally {
        client.close();
    }
}

/** What is asked of the port for gRPC and of that for gRPC-Web. */
const CALLS: Readonly<Record<string, (grpc: string, web: string) => Promise<void>>> = {
    gRPC: (grpc) => called(grpc, (client) => client.unary("hi")),
    "gRPC-Web": (_grpc, web) => over(`http://${web}/test.Echo/Unary`, "application/grpc-web+proto", message(1, 2, 3)),
    "gRPC-Web, many answers": (_grpc, web) => over(`http://${web}/test.Echo/Expand`, "application/grpc-web+proto", message(1, 2, 3, 4)),
    "gRPC-Web in text": (_grpc, web) =>
        over(`http://${web}/test.Echo/Expand`, "application/grpc-web-text", message(1, 2).toString("base64")),
    "gRPC-Web where it is not made gRPC": (grpc) => over(`http://${grpc}/test.Echo/Unary`, "application/grpc-web+proto", message(1, 2, 3)),
    "a call that fails": (_grpc, web) => over(`http://${web}/test.Echo/None`, "application/grpc-web+proto", message(1)),
    "no call": (grpc) => over(`http://${grpc}/test.Echo/Unary`, "text/plain", message(1)),
};

describe("messages of gRPC calls", function () {
    this.timeout(300_000);
    const backend = new EchoServer();
    const dir = mkdtempSync(path.join(os.tmpdir(), "gatehouse-messages-"));
    let stand: Mesh | undefined;
    let gateway: RunningEnvoy | undefined;
    let proxy: RunningProxy | undefined;
    /** For gRPC and for gRPC-Web. */
    let theirPorts: readonly number[] = [];
    let ourPorts: readonly number[] = [];

    before(async function () {
        stand = await startMesh(this, WHAT);
        const ports = await freePorts(4);
        [theirPorts, ourPorts] = [ports.slice(0, 2), ports.slice(2)];
        await backend.start();
        gateway = await stand.envoys.of("router", EDGE);
        await stand.plane.apply(objects(theirPorts, backend.port));
        await stand.envoys.pushed([gateway], 180_000);
        writeFileSync(
            path.join(dir, "objects.yaml"),
            objects(ourPorts, backend.port)
                .map((one) => JSON.stringify(one))
                .join("\n---\n"),
        );
        const who = ["--config", dir, "--namespace", EDGE.namespace, "--labels", "istio=ingressgateway"];
        proxy = await startProxy([...who, "--bind", "127.0.0.1", "--concurrency", "1"]);
    });
    after(async () => {
        await proxy?.stop();
        await stand?.stop();
        backend.stop();
        rmSync(dir, { recursive: true, force: true });
    });

    const theirs: Counts = async () => {
        const text = await (await fetch(`http://${gateway!.address}:${gateway!.admin}/stats?filter=grpc`)).text();

        const sum = (what: string): number =>
            [...text.matchAll(new RegExp(`${what}_message_count: (\\d+)`, "g"))].reduce((all, [, n]) => all + Number(n), 0);
        return { requests: sum("request"), responses: sum("response") };
    };
    const ours: Counts = async () => {
        const text = await (await fetch(`http://${String(proxy!.ready["admin"])}/metrics`)).text();
        const sum = (what: string): number =>
            [...text.matchAll(new RegExp(`^istio_${what}_messages_total\\{.*\\} (\\d+)$`, "gm"))].reduce(
                (all, [, n]) => all + Number(n),
                0,
            );
        return { requests: sum("request"), responses: sum("response") };
    };

    for (const [title, call] of Object.entries(CALLS))
        it(`are as many as Envoy counts: ${title}`, async () => {
            const of = async (counts: Counts, address: string, [grpc, web]: readonly number[]): Promise<Messages> => {
                const before = await counts();
                await call(`${address}:${grpc}`, `${address}:${web}`);
                const now = await counts();
                return { requests: now.requests - before.requests, responses: now.responses - before.responses };
            };
            const expected = await of(theirs, gateway!.address, theirPorts);
            assert.equal(expected.requests, /not made|no call/.test(title) ? 0 : 1);
            assert.deepEqual(await of(ours, "127.0.0.1", ourPorts), expected);
        });
});
