/** Policies that keep everybody out, above all those that the proxy does not evaluate: whom they are for is refused on every port, from the moment they are there until they are gone. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import http from "node:http";
import { createServer } from "node:https";
import net from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import tls from "node:tls";
import { after, before, describe, it } from "mocha";
import { makeAuthority, type TestAuthority, type TestCertificate } from "../support/certificates";
import { eventually } from "../support/eventually";
import { gatehouse, startProxy, type RunningProxy } from "../support/gatehouse";
import { freePorts } from "../../harness/ports";
import { backendOf, httpBackend, play, serviceYaml, tcpBackend, type Backend, type Scenario } from "../support/scenario";

const GATEWAY = `
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: { name: web, namespace: apps }
spec:
  selector: { istio: ingressgateway }
  servers:
    - { port: { number: 80, name: http, protocol: HTTP }, hosts: [shop.example.com] }
    - { port: { number: 8080, name: redirect, protocol: HTTP }, hosts: [shop.example.com], tls: { httpsRedirect: true } }
    - { port: { number: 443, name: https, protocol: HTTPS }, hosts: [shop.example.com], tls: { mode: SIMPLE, credentialName: shop } }
    - { port: { number: 31400, name: tcp, protocol: TCP }, hosts: ["*"] }
    - { port: { number: 8443, name: through, protocol: TLS }, hosts: [through.example.com], tls: { mode: PASSTHROUGH } }
    - { port: { number: 9443, name: ended, protocol: TLS }, hosts: [ended.example.com], tls: { mode: SIMPLE, credentialName: shop } }
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: shop, namespace: apps }
spec:
  hosts: [shop.example.com]
  gateways: [web]
  http:
    - { match: [{ uri: { prefix: /moved } }], redirect: { uri: /new } }
    - { match: [{ uri: { prefix: /direct } }], directResponse: { status: 200 } }
    - { match: [{ uri: { prefix: /broken } }], fault: { abort: { httpStatus: 418, percentage: { value: 100 } } }, route: [{ destination: { host: web } }] }
    - match: [{ uri: { prefix: / } }]
      headers: { response: { set: { x-route: "yes" } } }
      corsPolicy: { allowOrigins: [{ exact: "https://other.example.com" }], allowMethods: [GET] }
      route: [{ destination: { host: web } }]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: bytes, namespace: apps }
spec:
  hosts: ["*"]
  gateways: [web]
  tcp: [{ match: [{ port: 31400 }, { port: 9443 }], route: [{ destination: { host: echo } }] }]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: through, namespace: apps }
spec:
  hosts: [through.example.com]
  gateways: [web]
  tls: [{ match: [{ sniHosts: [through.example.com] }], route: [{ destination: { host: through } }] }]
---
apiVersion: telemetry.istio.io/v1
kind: Telemetry
metadata: { name: logs, namespace: istio-system }
spec: { accessLogging: [{ providers: [{ name: envoy }] }] }
---
`;
const PORTS = [80, 8080, 443, 31400, 8443, 9443];
const policy = (kind: string, spec: string, namespace = "istio-system"): string =>
    `apiVersion: ${kind === "WasmPlugin" ? "extensions.istio.io/v1alpha1" : "security.istio.io/v1"}\nkind: ${kind}\nmetadata: { name: keep-out, namespace: ${namespace} }\nspec: ${spec}\n`;
/** One that is not evaluated, and one that is. */
const CLOSING = policy("WasmPlugin", '{ selector: { matchLabels: { istio: ingressgateway } }, url: "oci://x", phase: AUTHZ }');
const DENY = policy("AuthorizationPolicy", "{ selector: { matchLabels: { istio: ingressgateway } }, action: DENY, rules: [{}] }");

interface Answer {
    readonly status: number;
    readonly body: string;
    readonly headers: http.IncomingHttpHeaders;
}

function ask(port: number, target: string, options: http.RequestOptions = {}): Promise<Answer> {
    return new Promise((resolve, reject) => {
        http.request(
            { host: "127.0.0.1", port, path: target, agent: false, ...options, headers: { host: "shop.example.com", ...options.headers } },
            (response) => {
                let body = "";
                response
                    .setEncoding("utf8")
                    .on("data", (text: string) => {
                        body += text;
                    })
                    .on("end", () => resolve({ status: response.statusCode ?? 0, body, headers: response.headers }));
            },
        )
            .on("error", reject)
            .end();
    });
}

/** What a connection is told before it is closed. */
function told(socket: net.Socket, say: string): Promise<string> {
    return new Promise((resolve) => {
        let text = "";
        socket
            .setEncoding("utf8")
            .on("data", (part: string) => {
                text += part;
                socket.end();
            })
            .on("error", () => undefined)
            .on("close", () => resolve(text));
        socket.write(say);
    });
}

describe("policies that are not evaluated", function () {
    this.timeout(600_000);
    let ca: TestAuthority;
    let issued: TestCertificate;
    let backends: Backend[];
    let scenario: Scenario;
    let files: Record<string, string>;

    before(async () => {
        ca = await makeAuthority();
        issued = await ca.issue({ dns: ["shop.example.com", "ended.example.com"] });
        const own = await ca.issue({ dns: ["through.example.com"] });
        backends = [
            await httpBackend((_request, response) => {
                response.end("backend");
            }),
            await tcpBackend((socket) => {
                socket.pipe(socket);
            }),
            await backendOf(
                createServer({ key: own.key, cert: own.cert }, (_request, response) => {
                    response.end("through");
                }),
            ),
        ];
        const names = [
            ["web", "http"],
            ["echo", "tcp"],
            ["through", "tls"],
        ] as const;
        files = {
            "gateway.yaml": GATEWAY,
            "secret.yaml": `apiVersion: v1\nkind: Secret\nmetadata: { name: shop, namespace: istio-system }\ntype: kubernetes.io/tls\ndata: { tls.crt: ${Buffer.from(issued.cert).toString("base64")}, tls.key: ${Buffer.from(issued.key).toString("base64")} }\n`,
            "services.yaml": names
                .map(([name, portName], at) => serviceYaml(name, 80, backends[at]?.port ?? 0, { namespace: "apps", portName }))
                .join("---\n"),
        };
        scenario = await play({ ports: PORTS, files });
    });
    after(async () => {
        await scenario.stop();
        await Promise.all(backends.map((backend) => backend.stop()));
    });

    const secure = (declared: number, servername: string): tls.ConnectionOptions => ({
        host: "127.0.0.1",
        port: scenario.port(declared),
        servername,
        ca: ca.cert,
    });
    const https = async (): Promise<string> =>
        (
            await told(
                tls.connect(secure(443, "shop.example.com")),
                "GET / HTTP/1.1\r\nhost: shop.example.com\r\nconnection: close\r\n\r\n",
            )
        ).split("\r\n")[0] ?? "";
    const plain = (): Promise<string> => told(net.connect(scenario.port(31400), "127.0.0.1"), "hello");
    const through = async (): Promise<string> =>
        (
            await told(
                tls.connect(secure(8443, "through.example.com")),
                "GET / HTTP/1.1\r\nhost: through.example.com\r\nconnection: close\r\n\r\n",
            )
        ).split("\r\n")[0] ?? "";
    const ended = (): Promise<string> => told(tls.connect(secure(9443, "ended.example.com")), "hello");
    const status = async (): Promise<number> => (await ask(scenario.port(80), "/")).status;
    const all = async (): Promise<unknown[]> => [await status(), await https(), await plain(), await through(), await ended()];
    const OPEN = [200, "HTTP/1.1 200 OK", "hello", "HTTP/1.1 200 OK", "hello"];
    const CLOSED = [403, "HTTP/1.1 403 Forbidden", "", "", ""];

    it("close every port while they are there, and open it again when they are gone", async () => {
        for (const text of [
            CLOSING,
            DENY,
            policy("AuthorizationPolicy", "{}"),
            policy("WasmPlugin", '{ url: "oci://x", phase: AUTHZ }'),
            policy("AuthorizationPolicy", "{ selector: { matchLabels: { istio: ingressgateway } }, action: DENY, rulez: [{}] }"),
            `${DENY}  broken: [`,
        ]) {
            assert.deepEqual(await all(), OPEN);
            await scenario.write("policy.yaml", text);
            await eventually(async () => assert.equal(await status(), 403, text));
            assert.deepEqual(await all(), CLOSED, text);
            await scenario.remove("policy.yaml");
            await eventually(async () => assert.equal(await status(), 200));
        }
    });

    it("hold from the next request on, also on a connection that is open", async () => {
        const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
        const kept = async (): Promise<number> => (await ask(scenario.port(80), "/", { agent })).status;
        assert.equal(await kept(), 200);
        await scenario.write("policy.yaml", CLOSING);
        await eventually(async () => assert.equal(await kept(), 403));
        await scenario.remove("policy.yaml");
        await eventually(async () => assert.equal(await kept(), 200));
        agent.destroy();
    });

    it("come before preflights, faults, redirects, direct responses and 404, and after what no request is", async () => {
        await scenario.write("policy.yaml", CLOSING);
        await eventually(async () => assert.equal(await status(), 403));
        const port = scenario.port(80);
        const answer = await ask(port, "/");
        assert.deepEqual(
            [answer.body, answer.headers["content-type"], answer.headers["x-route"]],
            ["RBAC: access denied", "text/plain", "yes"],
        );
        const preflight = { method: "OPTIONS", headers: { origin: "https://other.example.com", "access-control-request-method": "GET" } };
        const asked: readonly (readonly [string, http.RequestOptions, number?])[] = [
            ["/", preflight],
            ["/moved", {}],
            ["/direct", {}],
            ["/broken", {}],
            ["/", { headers: { host: "nobody.example.com" } }],
            ["/", {}, 8080],
        ];
        for (const [target, options, declared] of asked)
            assert.equal((await ask(scenario.port(declared ?? 80), target, options)).status, 403, `${target} ${JSON.stringify(options)}`);
        assert.equal((await ask(port, "/%zz")).status, 400);
        const grpc = await ask(port, "/a.B/C", { method: "POST", headers: { "content-type": "application/grpc" } });
        assert.deepEqual([grpc.status, grpc.headers["grpc-status"]], [200, "7"]);
        assert.equal(await plain(), "");
        await eventually(() => {
            assert.match(
                scenario.proxy.stdout(),
                /"GET \/ HTTP\/1\.1" 403 - rbac_access_denied_matched_policy\[ns\[istio-system\]-wasmplugin\[keep-out\]\] - "-" 0 19 /,
            );
            assert.match(
                scenario.proxy.stdout(),
                /"- - -" 0 - - rbac_access_denied_matched_policy\[ns\[istio-system\]-wasmplugin\[keep-out\]\]/,
            );
        });
        await scenario.remove("policy.yaml");
        await eventually(async () => assert.equal(await status(), 200));
    });

    it("are named with the gateway in the log, in /findings and by explain", async () => {
        await scenario.write("policy.yaml", CLOSING);
        const line = await scenario.proxy.waitFor(({ code, level }) => code === "GH0460" && level !== undefined);
        assert.match(JSON.stringify(line), /WasmPlugin istio-system\/keep-out is for Gateway apps\/web/);
        const admin = String(scenario.proxy.ready["admin"]);
        await eventually(async () => assert.equal(await status(), 403));
        const findings = (await (await fetch(`http://${admin}/findings`)).json()) as { code: string; level: string }[];
        assert.deepEqual(
            findings.filter(({ code }) => code.startsWith("GH046")).map(({ code, level }) => [code, level]),
            [["GH0460", "Error"]],
        );
        const explained = await gatehouse(["explain", `http://shop.example.com:${scenario.port(80)}/`, "--admin", admin, "-o", "json"]);
        const {
            action,
            status: code,
            steps,
        } = JSON.parse(explained.stdout) as {
            action: string;
            status: number;
            steps: { step: string; text: string; origin?: { name: string } }[];
        };
        assert.deepEqual([action, code, steps.find(({ step }) => step === "policy")?.origin?.name], ["reply", 403, "keep-out"]);
        const bytes = await gatehouse(["explain", `tcp://127.0.0.1:${scenario.port(31400)}`, "--admin", admin]);
        assert.match(
            bytes.stdout,
            /WasmPlugin istio-system\/keep-out is for this gateway and is not evaluated here: the connection is closed/,
        );
        await scenario.remove("policy.yaml");
        await eventually(async () => assert.equal(await status(), 200));
    });

    describe("without labels, and in commands that read a folder", () => {
        let folder: string;
        const proxies: RunningProxy[] = [];
        const start = async (...args: readonly string[]): Promise<{ readonly proxy: RunningProxy; readonly port: number }> => {
            const [port = 0] = await freePorts(1);
            const proxy = await startProxy([
                "--config",
                folder,
                "--bind",
                "127.0.0.1",
                "--concurrency",
                "1",
                "--port-offset",
                String(port - 80),
                ...args,
            ]);
            proxies.push(proxy);
            return { proxy, port };
        };
        before(() => {
            folder = mkdtempSync(path.join(tmpdir(), "gatehouse-policies-"));
            const simple = GATEWAY.replace(/ {4}- \{ port: \{ number: (?!80,).*\n/g, "").split("---")[0] ?? "";
            writeFileSync(
                path.join(folder, "gateway.yaml"),
                `${simple}---\napiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: { name: a, namespace: apps }\nspec: { hosts: [shop.example.com], gateways: [web], http: [{ directResponse: { status: 200 } }] }\n`,
            );
            writeFileSync(path.join(folder, "policy.yaml"), CLOSING);
        });
        after(async () => {
            await Promise.all(proxies.map((proxy) => proxy.stop()));
            rmSync(folder, { recursive: true, force: true });
        });

        it("refuse what the Gateway's selector could mean", async () => {
            const { port } = await start();
            assert.equal((await ask(port, "/")).status, 403);
        });

        it("are ignored by a proxy that is told so, which says it aloud and names each", async () => {
            const { proxy, port } = await start("--ignore-security-policies");
            assert.equal((await ask(port, "/")).status, 200);
            assert.ok(proxy.log.some(({ msg }) => msg?.includes("--ignore-security-policies")));
            assert.match(
                JSON.stringify(await proxy.waitFor(({ code }) => code === "GH0461")),
                /WasmPlugin istio-system\/keep-out is for Gateway apps\/web; nothing of it is enforced/,
            );
        });

        it("are errors of analyze, and 403 of explain", async () => {
            const analysed = await gatehouse(["analyze", folder, "-o", "json"]);
            assert.equal(analysed.code, 1);
            assert.match(
                analysed.stdout,
                /"code": "GH0460",[^}]*"level": "Error",[^}]*WasmPlugin istio-system\/keep-out is for Gateway apps\/web/,
            );
            const explained = await gatehouse(["explain", "http://shop.example.com/", folder, "-o", "json"]);
            assert.match(explained.stdout, /"status": 403/);
            const ignoring = await gatehouse(["explain", "http://shop.example.com/", folder, "--ignore-security-policies", "-o", "json"]);
            assert.match(ignoring.stdout, /"status": 200/);
        });

        it("are for the gateway from the root namespace of the mesh's own configuration", async () => {
            writeFileSync(path.join(folder, "policy.yaml"), CLOSING.replaceAll("istio-system", "mesh-config"));
            const explained = async (...args: readonly string[]): Promise<string> =>
                (
                    await gatehouse([
                        "explain",
                        "http://shop.example.com/",
                        folder,
                        "--namespace",
                        "edge",
                        "--labels",
                        "istio=ingressgateway",
                        "-o",
                        "json",
                        ...args,
                    ])
                ).stdout;
            assert.match(await explained(), /"status": 200/);
            assert.match(await explained("--root-namespace", "mesh-config"), /"status": 403/);
            const { port: told } = await start(
                "--namespace",
                "edge",
                "--labels",
                "istio=ingressgateway",
                "--root-namespace",
                "mesh-config",
            );
            assert.equal((await ask(told, "/")).status, 403);
            writeFileSync(
                path.join(folder, "mesh.yaml"),
                "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: istio, namespace: istio-system }\ndata: { mesh: 'rootNamespace: mesh-config' }\n",
            );
            assert.match(await explained(), /"status": 403/);
            assert.match((await gatehouse(["analyze", folder, "-o", "json"])).stdout, /GH0460/);
            const { port } = await start("--namespace", "edge", "--labels", "istio=ingressgateway");
            assert.equal((await ask(port, "/")).status, 403);
        });
    });
});
