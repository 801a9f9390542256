/**
 * What `explain` says of every configuration that the analysis is tested with must be what the proxy does with it. Of each
 * host that is served, requests for its rules are put to both. Backends are one process: the loopback address that a
 * request arrives on tells which cluster it was sent to.
 */
import assert from "node:assert/strict";
import { once } from "node:events";
import http, { createServer } from "node:http";
import https from "node:https";
import net, { type AddressInfo } from "node:net";
import { after, before, describe, it } from "mocha";
import { compile } from "../../../proxy/compiler";
import { explain, type Explanation, type Question } from "../../../proxy/explain";
import type { EndpointsEntry, Tables } from "../../../proxy/tables";
import { validateObject, type KubeObject } from "../../../istio";
import { eventually } from "../../support/eventually";
import { ProxyRig } from "../../support/proxy-rig";
import { bundle, type Bundle } from "../../support/worker-bundle";
import { CORPUS } from "../../istio/analysis/corpus";
import { filled, makeCredentials, type Credentials } from "../../istio/analysis/record";

const MOST_RULES = 6;

describe("explain and the proxy on the configurations of the analysis", function () {
    this.timeout(300_000);
    let worker: Bundle;
    let rig: ProxyRig;
    let backend: http.Server;
    let credentials: Credentials;

    before(async () => {
        worker = bundle({ entry: "proxy/processes/worker-main.ts" });
        credentials = await makeCredentials();
        backend = createServer((request, response) => {
            response.writeHead(200, { "x-backend": (request.socket.localAddress ?? "").replace("::ffff:", "") }).end();
        });
        await once(backend.listen(0), "listening");
        rig = await new ProxyRig().start(worker.file, {});
        await rig.proxy.ready;
    });
    after(async () => {
        await rig.stop();
        backend.close();
        worker.remove();
    });

    /** The same tables, on free ports, every cluster with an endpoint of its own. */
    function playable(tables: Tables): { readonly tables: Tables; readonly addresses: ReadonlyMap<string, string> } {
        const { port } = backend.address() as AddressInfo;
        const addresses = new Map([...tables.clusters.keys()].map((key, at) => [key, `127.1.${at >> 8}.${(at & 255) + 1}`]));
        const endpoints = new Map(
            [...tables.clusters.keys()].map((key): [string, EndpointsEntry] => [
                key,
                { key, endpoints: [{ address: addresses.get(key) ?? "", port, weight: 1 }] },
            ]),
        );
        const clusters = new Map(
            [...tables.clusters].map(([key, { tls: _, ...entry }]) => [key, { ...entry, discovery: "static" as const }]),
        );
        const listeners = new Map([...tables.listeners].map(([key, entry]) => [key, { ...entry, bind: "0.0.0.0", targetPort: 0 }]));
        return { tables: { ...tables, listeners, clusters, endpoints }, addresses };
    }

    async function serve(tables: Tables): Promise<void> {
        rig.setTables(tables);
        await eventually(async () => {
            assert.equal(rig.proxy.listeners().length, tables.listeners.size);
            for (const { inSync } of await rig.workers()) assert.ok(inSync);
        }, 30_000);
    }

    for (const { title, objects } of CORPUS) {
        it(`agree on ${title}`, async () => {
            const sound = objects
                .map((one) => filled(one as KubeObject, credentials))
                .filter((object) => validateObject(object).findings.every(({ level }) => level !== "Error"));
            const { tables, addresses } = playable(
                compile({ objects: sound.map((object) => ({ object })), namespace: "ingress", now: Date.now() }).tables,
            );
            await serve(tables);
            for (const question of questions(tables)) {
                const explanation = explain(question, tables);
                const listener = explanation.listener?.key;
                if (listener === undefined) continue;
                const seen = await ask(question, rig.port(listener));
                const backendOf =
                    explanation.action === "forward" && explanation.status === null
                        ? addresses.get(explanation.destination?.cluster ?? "")
                        : undefined;
                const wanted =
                    explanation.action === "refuse"
                        ? "refused"
                        : { status: explanation.status ?? 200, location: explanation.location, backend: backendOf ?? null };
                assert.deepEqual(wanted, seen, `${JSON.stringify(question)}\n${steps(explanation)}`);
            }
        });
    }
});

function steps({ steps: all }: Explanation): string {
    return all.map(({ step, text }) => `${step}: ${text}`).join("\n");
}

/** For each port and each host that it serves: one for each of the first rules, and one for a path that no rule names. */
function questions(tables: Tables): Question[] {
    const hosts = [...new Map([...tables.virtualHosts.values()].map((one) => [one.domain, one])).values()];
    return [...tables.listeners.values()]
        .filter(({ kind }) => kind !== "tcp")
        .flatMap(({ port, kind }) =>
            hosts.flatMap(({ domain, routes }) => {
                const host = domain === "*" ? "any.test" : domain.replace("*", "w");
                const rules = routes.slice(0, MOST_RULES).map(({ match }) => ({
                    path: match?.path && match.path.kind !== "regex" && match.path.value.startsWith("/") ? match.path.value : "/",
                    method: match?.method?.kind === "exact" ? match.method.value : "GET",
                }));
                return [...rules, { path: "/no/rule/names/this", method: "GET" }].map(
                    ({ path, method }): Question => ({
                        scheme: kind === "tls" ? "https" : "http",
                        port,
                        authority: host,
                        path,
                        method,
                        headers: [],
                        serverName: kind === "tls" ? host : "",
                    }),
                );
            }),
        );
}

function ask({ scheme, authority, path, method, serverName }: Question, port: number): Promise<unknown> {
    return new Promise((resolve) => {
        const common = { host: "127.0.0.1", port, path, method, headers: { host: authority }, agent: false as const };
        const request =
            scheme === "https" ? https.request({ ...common, servername: serverName, rejectUnauthorized: false }) : http.request(common);
        request.on("response", (response) => {
            const { statusCode, headers } = response.resume();
            resolve({ status: statusCode, location: headers.location ?? null, backend: headers["x-backend"] ?? null });
        });
        request.on("error", () => resolve("refused")).end();
        request.on("socket", (socket: net.Socket) => socket.setNoDelay());
    });
}
