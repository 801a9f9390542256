/** S18: a login page before an application: whoever has no session is sent there, and the application learns who it is. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { after, before, describe, it } from "mocha";
import { eventually } from "../support/eventually";
import { gatehouse } from "../support/gatehouse";
import { httpBackend, play, serviceYaml, type Backend, type Scenario } from "../support/scenario";

const OBJECTS = `
apiVersion: v1
kind: ConfigMap
metadata: { name: istio, namespace: istio-system }
data:
  mesh: |
    extensionProviders:
      - name: login
        envoyExtAuthzHttp:
          service: login.auth.svc.cluster.local
          port: 4180
          timeout: 2s
          includeRequestHeadersInCheck: [cookie, x-forwarded-proto]
          headersToUpstreamOnAllow: [x-auth-user]
          headersToDownstreamOnAllow: [set-cookie]
          headersToDownstreamOnDeny: [set-cookie, location]
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: { name: edge, namespace: shop }
spec:
  selector: { istio: ingressgateway }
  servers: [{ port: { number: 80, name: http, protocol: HTTP }, hosts: ["app.example.com"] }]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: app, namespace: shop }
spec:
  hosts: ["app.example.com"]
  gateways: [edge]
  http:
    - { match: [{ uri: { prefix: /oauth2/ } }], route: [{ destination: { host: login.auth.svc.cluster.local, port: { number: 4180 } } }] }
    - route: [{ destination: { host: app } }]
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: { name: login, namespace: istio-system }
spec:
  selector: { matchLabels: { istio: ingressgateway } }
  action: CUSTOM
  provider: { name: login }
  rules: [{ to: [{ operation: { notPaths: ["/oauth2/*", /healthz] } }] }]
`;

describe("S18 an external check", function () {
    this.timeout(600_000);
    let app: Backend;
    let login: Backend;
    let scenario: Scenario;
    let isAway = false;
    const session = randomBytes(12).toString("hex");
    const checks: { readonly path: string; readonly headers: IncomingMessage["headers"] }[] = [];

    /** What an OAuth2 proxy does: signs in below /oauth2/, and judges every other path. */
    const asked = (request: IncomingMessage): [status: number, headers: Record<string, string>] => {
        if (request.url?.startsWith("/oauth2/callback") === true)
            return [302, { location: "/", "set-cookie": `session=${session}; HttpOnly; Path=/` }];
        if (request.url?.startsWith("/oauth2/") === true) return [200, {}];
        checks.push({ path: request.url ?? "", headers: request.headers });
        if (request.headers.cookie?.includes(`session=${session}`) !== true)
            return [302, { location: `/oauth2/start?rd=${encodeURIComponent(request.url ?? "")}`, "x-internal": "not for clients" }];
        return [200, { "x-auth-user": "ann", "set-cookie": `seen=1; Path=/`, "x-other": "not for the application" }];
    };

    before(async () => {
        app = await httpBackend(({ url, headers }, response) => {
            response.end(`${url} for ${headers["x-auth-user"] ?? "nobody"}${headers["x-other"] === undefined ? "" : " and other"}`);
        });
        login = await httpBackend((request, response) => {
            if (isAway) return void request.socket.destroy();
            const [status, headers] = asked(request);
            response.writeHead(status, headers).end(status === 200 ? "login" : "");
        });
        scenario = await play({
            ports: [80],
            files: {
                "objects.yaml": OBJECTS,
                "app.yaml": serviceYaml("app", 80, app.port, { namespace: "shop" }),
                "login.yaml": serviceYaml("login", 4180, login.port, { namespace: "auth" }),
            },
        });
    });
    after(async () => {
        await scenario.stop();
        await Promise.all([app.stop(), login.stop()]);
    });

    interface Answer {
        readonly status: number;
        readonly body: string;
        field(name: string): string | undefined;
    }
    async function get(target: string, ...args: readonly string[]): Promise<Answer> {
        const { stdout } = await scenario.curl(
            "-i",
            "-H",
            "Host: app.example.com",
            ...args,
            `http://127.0.0.1:${scenario.port(80)}${target}`,
        );
        const end = stdout.indexOf("\r\n\r\n");
        const head = stdout.slice(0, end);
        return {
            status: Number(head.split(" ")[1]),
            body: stdout.slice(end + 4),
            field: (name) => new RegExp(`^${name}: (.*?)\r?$`, "im").exec(head)?.[1],
        };
    }

    it("sends to the login page, whose cookie opens the application, which learns who it is", async () => {
        const first = await get("/orders?page=2");
        assert.deepEqual(
            [first.status, first.field("location"), first.field("x-internal")],
            [302, "/oauth2/start?rd=%2Forders%3Fpage%3D2", undefined],
        );
        assert.equal((await get("/oauth2/start")).body, "login");
        const cookie = (await get("/oauth2/callback?code=1")).field("set-cookie")?.split(";")[0] ?? "";
        assert.equal(cookie, `session=${session}`);
        const second = await get("/orders?page=2", "-H", `Cookie: ${cookie}`);
        assert.deepEqual([second.status, second.body, second.field("set-cookie")], [200, "/orders?page=2 for ann", "seen=1; Path=/"]);
    });

    it("does not believe a client that says itself who it is", async () => {
        assert.equal((await get("/", "-H", "x-auth-user: root")).status, 302);
        assert.equal((await get("/", "-H", "x-auth-user: root", "-H", `Cookie: session=${session}`)).body, "/ for ann");
    });

    it("is asked under the path and host of the request, with the headers that it is to have, and no others", async () => {
        checks.length = 0;
        await get("/orders/7", "-H", "x-secret: mine", "-H", "Cookie: other=1");
        const [{ path: asPath, headers } = { path: "", headers: {} }] = checks;
        assert.equal(asPath, "/orders/7");
        assert.deepEqual(
            [headers.host, headers.cookie, headers["x-secret"], headers["x-forwarded-proto"]],
            ["app.example.com", "other=1", undefined, "http"],
        );
    });

    it("is not asked where the policy does not say so", async () => {
        checks.length = 0;
        assert.equal((await get("/healthz")).body, "/healthz for nobody");
        assert.equal(checks.length, 0);
    });

    it("lets nobody in while it is away, and says so, and goes on when it is back", async () => {
        isAway = true;
        assert.equal((await get("/", "-H", `Cookie: session=${session}`)).status, 403);
        assert.equal((await get("/healthz")).status, 200);
        isAway = false;
        await eventually(async () => assert.equal((await get("/", "-H", `Cookie: session=${session}`)).status, 200));
    });

    it("is named by explain, which asks nobody", async () => {
        checks.length = 0;
        const { stdout, stderr } = await gatehouse([
            "explain",
            `http://app.example.com:${scenario.port(80)}/orders`,
            "--admin",
            String(scenario.proxy.ready["admin"]),
            "-H",
            `cookie: session=${session}`,
        ]);
        assert.match(stdout, /CUSTOM istio-system\/login matches/, stderr);
        assert.match(stdout, /login is asked at http:\/\/login\.auth\.svc\.cluster\.local:4180\/orders/);
        assert.match(stdout, /told authorization, cookie, x-forwarded-proto/);
        assert.match(stdout, /if it answers 200 the request goes on as said below, with its x-auth-user; the response gets its set-cookie/);
        assert.match(stdout, /outbound\|80\|\|app\.shop\.svc\.cluster\.local/);
        assert.ok(!stdout.includes(session));
        assert.equal(checks.length, 0);
    });

    it("is refused by name where the provider is not there", async () => {
        await scenario.write("objects.yaml", OBJECTS.replace("- name: login", "- name: other"));
        await eventually(async () => assert.equal((await get("/", "-H", `Cookie: session=${session}`)).status, 403));
        assert.match(
            JSON.stringify(await scenario.proxy.waitFor(({ code, msg }) => code !== undefined && /login/.test(msg ?? ""))),
            /login/,
        );
        assert.equal((await get("/healthz")).status, 200);
        await scenario.write("objects.yaml", OBJECTS);
        await eventually(async () => assert.equal((await get("/", "-H", `Cookie: session=${session}`)).status, 200));
    });
});
