/** `gatehouse explain` beside a real proxy: from the folder that the proxy reads, and from the proxy itself. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { after, before, describe, it } from "mocha";
import { explainRequest, type ExplainRequest } from "../../cli/explain";
import type { Terminal } from "../../cli/terminal";
import type { Explanation } from "../../proxy/explain";
import { makeAuthority } from "../support/certificates";
import { gatehouse } from "../support/gatehouse";
import { closedPort } from "../../harness/ports";
import { GATEWAY_LABELS, httpBackend, play, serviceYaml, tcpBackend, type Backend, type Scenario } from "../support/scenario";

const OBJECTS = `
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: { name: shop, namespace: istio-system }
spec:
  selector: { istio: ingressgateway }
  servers:
    - { port: { number: 80, name: http, protocol: HTTP }, hosts: ["shop.example.com"], tls: { httpsRedirect: true } }
    - { port: { number: 443, name: https-shop, protocol: HTTPS }, hosts: ["shop.example.com"], tls: { mode: SIMPLE, credentialName: shop } }
    - { port: { number: 443, name: https-api, protocol: HTTPS }, hosts: ["api.example.com"], tls: { mode: MUTUAL, credentialName: api } }
    - { port: { number: 31400, name: tcp, protocol: TCP }, hosts: ["*"] }
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: shop, namespace: default }
spec:
  hosts: ["shop.example.com"]
  gateways: [istio-system/shop]
  http:
    - match: [{ uri: { prefix: /cart/ }, method: { exact: GET } }]
      rewrite: { uri: / }
      route: [{ destination: { host: web, port: { number: 80 } } }]
    - match: [{ uri: { exact: /old } }]
      redirect: { uri: /new }
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: tcp, namespace: default }
spec:
  hosts: ["*"]
  gateways: [istio-system/shop]
  tcp: [{ match: [{ port: 31400 }], route: [{ destination: { host: echo, port: { number: 7 } } }] }]
`;
const secret = (name: string, cert: string, key: string): string => `
apiVersion: v1
kind: Secret
metadata: { name: ${name}, namespace: istio-system }
stringData: { tls.crt: ${JSON.stringify(cert)}, tls.key: ${JSON.stringify(key)}, ca.crt: ${JSON.stringify(cert)} }
`;

describe("explain beside the proxy", function () {
    this.timeout(300_000);
    let scenario: Scenario;
    let backends: Backend[];
    let folder: string;

    before(async () => {
        const ca = await makeAuthority();
        const [shop, api] = await Promise.all(["shop", "api"].map((name) => ca.issue({ dns: [`${name}.example.com`] })));
        assert.ok(shop && api);
        const web = await httpBackend((request, response) => {
            response.end(`web ${request.url}`);
        });
        const echo = await tcpBackend((socket) => {
            socket.end("echo\n");
        });
        backends = [web, echo];
        scenario = await play({
            ports: [80, 443, 31400],
            files: {
                "objects.yaml": OBJECTS,
                "secrets.yaml": [secret("shop", shop.cert, shop.key), secret("api", api.cert, api.key)].join("---"),
                "services.yaml": [serviceYaml("web", 80, web.port), serviceYaml("echo", 7, echo.port, { portName: "tcp" })].join("---\n"),
            },
        });
        writeFileSync(path.join(scenario.fileRoot, "ca.pem"), ca.cert);
        folder = scenario.folder ?? "";
    });
    after(async () => {
        await scenario.stop();
        await Promise.all(backends.map((one) => one.stop()));
    });

    async function told(request: Partial<ExplainRequest> & { readonly url: string }): Promise<{ json: Explanation; table: string }> {
        const lines: string[] = [];
        const terminal: Terminal = {
            print: (text) => {
                lines.push(text);
            },
            progress: () => {},
            finding: () => {},
            fault: () => {},
            style: (_, text) => text,
        };
        const all = { method: "GET", headers: [], env: "dev", config: {}, portOffset: 0, ...request };
        assert.equal(await explainRequest({ ...all, output: "json" }, terminal), 0);
        const json = JSON.parse(lines.splice(0).join("\n")) as Explanation;
        await explainRequest({ ...all, output: "table" }, terminal);
        return { json, table: lines.join("\n") };
    }
    /** From the folder, by the Gateways' ports, and from the proxy, by its own: they must say the same of a request. */
    async function explained(url: string, more: Partial<ExplainRequest> = {}): Promise<Explanation> {
        const declared = Number(/:(\d+)\//.exec(url)?.[1]);
        const { json } = await told({
            url,
            target: folder,
            labels: Object.fromEntries(GATEWAY_LABELS.split(",").map((one) => one.split("=") as [string, string])),
            namespace: "istio-system",
            ...more,
        });
        const headers = [`host: ${/\/\/([^/]*)/.exec(url)?.[1]}`, ...(more.headers ?? [])];
        const live = await told({
            url: url.replace(`:${declared}/`, `:${scenario.port(declared)}/`),
            admin: String(scenario.proxy.ready["admin"]),
            ...more,
            headers,
        });
        const said = ({ action, status, location, destination, virtualHost, route }: Explanation): unknown => ({
            action,
            status,
            location,
            destination: destination?.cluster,
            endpoints: destination?.endpoints,
            domain: virtualHost?.domain,
            field: route?.origin.field,
        });
        assert.deepEqual(said(live.json), said(json));
        return json;
    }
    const curl = (scheme: string, port: number, target: string, host = "shop.example.com", ...extra: string[]): Promise<string> =>
        scenario
            .curl(
                "--cacert",
                path.join(scenario.fileRoot, "ca.pem"),
                "--connect-to",
                `::127.0.0.1:${scenario.port(port)}`,
                "-o",
                "/dev/null",
                "-w",
                "%{http_code} %header{location}",
                ...extra,
                `${scheme}://${host}:${port}${target}`,
            )
            .then(({ code, stdout }) => (code === 0 ? stdout.trim() : `curl ${code}`));

    it("says where a request goes, by which rule, with which certificate, and from which lines", async () => {
        const { listener, certificate, virtualHost, route, action, destination, status, steps } = await explained(
            "https://shop.example.com:443/cart/7",
        );
        assert.deepEqual(
            {
                action,
                status,
                listener: listener?.key,
                domain: virtualHost?.domain,
                cluster: destination?.cluster,
                endpoints: destination?.endpoints,
            },
            {
                action: "forward",
                status: null,
                listener: "0.0.0.0:443",
                domain: "shop.example.com",
                cluster: "outbound|80||web.default.svc.cluster.local",
                endpoints: [`127.0.0.1:${backends[0]?.port}`],
            },
        );
        assert.deepEqual([certificate?.secret, certificate?.names], ["kubernetes://istio-system/shop", ["shop.example.com"]]);
        assert.deepEqual(
            [route?.origin.name, route?.origin.field, path.basename(route?.origin.file ?? ""), route?.origin.line],
            ["shop", "spec.http[0].match[0]", "objects.yaml", 20],
        );
        assert.ok(
            steps.some(({ step, text }) => step === "rewrite" && text === "path /cart/7 → /7"),
            JSON.stringify(steps),
        );
        assert.equal(await curl("https", 443, "/cart/7"), "200");
        assert.doesNotMatch(JSON.stringify(steps), /PRIVATE KEY|BEGIN/);
    });

    it("says of every rule that was not taken what it wanted", async () => {
        const { steps, status, route } = await explained("https://shop.example.com:443/cart/7", { method: "POST" });
        assert.deepEqual([status, route], [404, null]);
        assert.deepEqual(
            steps.filter(({ step }) => step === "route").map(({ matched, text }) => [matched, text]),
            [
                [false, 'spec.http[0].match[0]: not taken, wanted: method is "GET"'],
                [false, 'spec.http[1].match[0]: not taken, wanted: path is "/old"'],
            ],
        );
        assert.equal(await curl("https", 443, "/cart/7", undefined, "-X", "POST"), "404");
    });

    it("gives the location of redirects", async () => {
        for (const [scheme, port, target] of [
            ["http", 80, "/cart/1?a=b"],
            ["https", 443, "/old"],
        ] as const) {
            const { status, location } = await explained(`${scheme}://shop.example.com:${port}${target}`, {
                headers: ["host: shop.example.com"],
            });
            assert.equal(await curl(scheme, port, target, undefined, "-H", "host: shop.example.com"), `${status} ${location}`);
        }
    });

    it("says that a name no server has gets no handshake, and a connection for another server's host 421", async () => {
        const none = await explained("https://other.example.com:443/");
        assert.deepEqual([none.action, none.status, none.certificate], ["refuse", null, null]);
        assert.match(await curl("https", 443, "/", "other.example.com"), /^curl 35/);
        const other = await explained("https://shop.example.com:443/", { headers: ["host: api.example.com"] });
        assert.equal(other.status, 421);
        const told = other.steps.find(({ text }) => text.startsWith("the connection was made for another server"));
        assert.equal(told?.origin?.kind, "Gateway", "it names the server whose host it is");
        assert.equal(await curl("https", 443, "/", undefined, "-H", "host: api.example.com"), "421");
    });

    it("follows TCP to its backend", async () => {
        const { action, destination } = await explained("tcp://any.example.com:31400/");
        assert.deepEqual([action, destination?.host], ["tcp", "echo.default.svc.cluster.local"]);
    });

    it("names the ports there are for one that nothing listens on", async () => {
        const { json, table } = await told({ url: "http://shop.example.com:81/", target: folder, namespace: "istio-system" });
        assert.equal(json.action, "refuse");
        assert.match(table, /^the connection is not served\n.*nothing listens on port 81; there is 80, 443, 31400/);
    });

    it("is one JSON document of the command, and wrong questions are wrong usage", async () => {
        const { code, stdout } = await gatehouse([
            "explain",
            "https://shop.example.com/old",
            folder,
            "--namespace",
            "istio-system",
            "-o",
            "json",
        ]);
        assert.equal(code, 0);
        assert.deepEqual(Object.keys(JSON.parse(stdout) as object), [
            "listener",
            "certificate",
            "protocol",
            "virtualHost",
            "route",
            "action",
            "destination",
            "destinations",
            "status",
            "grpcStatus",
            "location",
            "access",
            "steps",
        ]);
        for (const [args, says] of [
            [["shop.example.com/"], /is not a URL as https:/],
            [["http://a/", "-H", "nonsense"], /"nonsense" is not a header as Name: value/],
            [["http://a/", folder, "--admin", "127.0.0.1:1"], /not both/],
        ] as const) {
            const wrong = await gatehouse(["explain", ...args]);
            assert.equal(wrong.code, 2, wrong.stderr);
            assert.match(wrong.stderr, says);
        }
        const port = await closedPort();
        const nobody = await gatehouse(["explain", "http://a/", "--admin", `127.0.0.1:${port}`]);
        assert.equal(nobody.code, 3);
        assert.match(nobody.stderr, /no proxy answers at http:\/\/127\.0\.0\.1:\d+ \(ECONNREFUSED\)/);
    });
});
