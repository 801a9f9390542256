/** What `explain` says must be what the proxy does: random configurations and requests, through real processes and sockets. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import net from "node:net";
import fc from "fast-check";
import { after, before, describe, it } from "mocha";
import type { KubeObject } from "../../../istio";
import { compile } from "../../../proxy/compiler";
import { explain, type Explanation } from "../../../proxy/explain";
import type { Tables } from "../../../proxy/tables";
import { eventually } from "../../support/eventually";
import { backendOf, type Backend } from "../../support/scenario";
import { ProxyRig } from "../../support/proxy-rig";
import { bundle, type Bundle } from "../../support/worker-bundle";
import { BACKENDS, configuration, EMPTY, request, type RandomRequest } from "./random";

const CONFIGURATIONS = 25;
const REQUESTS = 22;
const LISTENER = "0.0.0.0:80";

interface Seen {
    readonly status: number;
    readonly location: string | null;
    readonly backend: string | null;
    readonly target: string | null;
}

describe("explain and the proxy", function () {
    this.timeout(120_000);
    let worker: Bundle;
    let rig: ProxyRig;
    let backends: Backend[];
    let entries: KubeObject[];

    before(async () => {
        worker = bundle({ entry: "proxy/processes/worker-main.ts" });
        backends = await Promise.all(
            BACKENDS.map((name) =>
                backendOf(
                    createServer((incoming, response) => {
                        response.writeHead(200, { "x-backend": name, "x-target": `${incoming.headers.host} ${incoming.url}` }).end();
                    }),
                ),
            ),
        );
        entries = [...BACKENDS, EMPTY].map(
            (host, at) =>
                ({
                    apiVersion: "networking.istio.io/v1",
                    kind: "ServiceEntry",
                    metadata: { name: host, namespace: "ns" },
                    spec: {
                        hosts: [host],
                        location: "MESH_EXTERNAL",
                        resolution: "STATIC",
                        ports: [{ number: 80, name: "http", protocol: "HTTP" }],
                        ...(host === EMPTY ? {} : { endpoints: [{ address: "127.0.0.1", ports: { http: backends[at]?.port } }] }),
                    },
                }) as unknown as KubeObject,
        );
        rig = await new ProxyRig().start(worker.file, {});
        await rig.proxy.ready;
    });
    after(async () => {
        await rig.stop();
        await Promise.all(backends.map((one) => one.stop()));
        worker.remove();
    });

    /** Compiles, and serves on a free port until every worker has it. */
    async function serve(objects: readonly KubeObject[]): Promise<Tables> {
        const { tables } = compile({ objects: [...entries, ...objects].map((object) => ({ object })), namespace: "ns", now: Date.now() });
        const open: Tables = {
            ...tables,
            listeners: new Map([...tables.listeners].map(([key, entry]) => [key, { ...entry, targetPort: 0 }])),
        };
        rig.setTables(open);
        const [{ version: before = 0 } = {}] = await rig.workers();
        await eventually(async () => {
            const workers = await rig.workers();
            assert.ok(
                workers.every(({ inSync, version }) => inSync && version >= before) && rig.proxy.listeners().length === open.listeners.size,
            );
            assert.deepEqual(Object.keys((await rig.admin("/config_dump")) as object).length > 1, true);
        }, 20_000);
        return open;
    }

    const said = ({ status, location, destination }: Explanation): Omit<Seen, "target"> => ({
        status: status ?? 200,
        location,
        backend: status === null ? (destination?.host ?? null) : null,
    });

    it("agree on random configurations and requests", async () => {
        const seed = Number(process.env["SEED"] ?? Math.floor(Math.random() * 2 ** 31));
        console.log(`      seed ${seed}`);
        let pairs = 0;
        await fc.assert(
            fc.asyncProperty(configuration, fc.array(request, { minLength: REQUESTS, maxLength: REQUESTS }), async (objects, requests) => {
                const tables = await serve(objects);
                const port = rig.port(LISTENER);
                for (const one of requests) {
                    const { target, ...seen } = await ask(port, one);
                    const explanation = explain({ scheme: "http", port: 80, serverName: "", ...one, headers: one.headers.flat() }, tables);
                    assert.deepEqual(said(explanation), seen, `${JSON.stringify(one)}\n${JSON.stringify(explanation.steps, null, 1)}`);
                    // Of an empty Host the first part is none.
                    if (target !== null) assert.equal(rewritten(explanation, one), target.split(" ").at(-1));
                    pairs += 1;
                }
            }),
            { numRuns: CONFIGURATIONS, seed, endOnFailure: true },
        );
        assert.ok(pairs >= 500, `${pairs} pairs`);
    });
});

/** The path that the explanation sends to the backend. */
function rewritten({ steps }: Explanation, { path }: RandomRequest): string {
    const taken = steps.find(({ text }) => text.startsWith("the path is taken as "))?.text.slice("the path is taken as ".length);
    return steps.find(({ step, text }) => step === "rewrite" && text.startsWith("path "))?.text.split(" → ")[1] ?? taken ?? path;
}

/** On a connection of its own, as bytes: a client library would make another path of some. */
async function ask(port: number, { method, authority, path, headers }: RandomRequest): Promise<Seen> {
    const socket = net.connect(port, "127.0.0.1").setEncoding("latin1");
    let text = "";
    socket.on("data", (part: string) => {
        text += part;
    });
    socket.write(
        [
            `${method} ${path} HTTP/1.1`,
            `host: ${authority}`,
            "connection: close",
            ...headers.map(([name, value]) => `${name}: ${value}`),
            "",
            "",
        ].join("\r\n"),
    );
    await once(socket, "close");
    const field = (name: string): string | null => new RegExp(`^${name}: (.*)\r$`, "im").exec(text)?.[1] ?? null;
    return { status: Number(text.split(" ")[1]), location: field("location"), backend: field("x-backend"), target: field("x-target") };
}
