/** S16: an API that wants a token of the company's issuer; what the token says decides who may do what. */
import assert from "node:assert/strict";
import { createSign, generateKeyPairSync, type KeyObject } from "node:crypto";
import { mkdtempSync, writeFileSync } from "node:fs";
import path from "node:path";
import { after, before, describe, it } from "mocha";
import type { Explanation } from "../../proxy/explain";
import { root } from "../support/checkout";
import { eventually } from "../support/eventually";
import { gatehouse, run, type Finished } from "../support/gatehouse";
import { stage } from "../support/stage";
import { GATEWAY_LABELS, httpBackend, play, serviceYaml, type Backend, type Scenario } from "../support/scenario";

const ISSUER = "https://login.example.com";

interface Signer {
    readonly kid: string;
    readonly key: KeyObject;
    readonly jwk: object;
}

function signer(kid: string): Signer {
    const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    return { kid, key: privateKey, jwk: { ...publicKey.export({ format: "jwk" }), kid, alg: "RS256", use: "sig" } };
}

const encoded = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");

function token({ kid, key }: Signer, claims: object): string {
    const now = Math.floor(Date.now() / 1000);
    const all = { iss: ISSUER, sub: "ann", aud: "orders", iat: now, exp: now + 600, ...claims };
    const text = `${encoded({ alg: "RS256", typ: "JWT", kid })}.${encoded(all)}`;
    return `${text}.${createSign("RSA-SHA256").update(text).sign(key, "base64url")}`;
}

const objects = (keysPort: number): string => `
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: { name: edge, namespace: shop }
spec:
  selector: { istio: ingressgateway }
  servers: [{ port: { number: 80, name: http, protocol: HTTP }, hosts: ["api.example.com", "www.example.com"] }]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: api, namespace: shop }
spec:
  hosts: ["api.example.com"]
  gateways: [edge]
  http:
    - match: [{ headers: { "@request.auth.claims.tier": { exact: gold } } }]
      headers: { request: { set: { x-tier: gold } } }
      route: [{ destination: { host: api } }]
    - route: [{ destination: { host: api } }]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: www, namespace: shop }
spec: { hosts: ["www.example.com"], gateways: [edge], http: [{ route: [{ destination: { host: api } }] }] }
---
apiVersion: security.istio.io/v1
kind: RequestAuthentication
metadata: { name: company, namespace: istio-system }
spec:
  selector: { matchLabels: { istio: ingressgateway } }
  jwtRules:
    - issuer: ${ISSUER}
      audiences: [orders]
      jwksUri: http://${stage().backendAddress}:${keysPort}/keys
      outputClaimToHeaders: [{ header: x-user, claim: sub }]
      forwardOriginalToken: false
`;

const POLICY = `
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: { name: api-needs-a-token, namespace: istio-system }
spec:
  selector: { matchLabels: { istio: ingressgateway } }
  action: DENY
  rules:
    - from: [{ source: { notRequestPrincipals: ["*"] } }]
      to: [{ operation: { hosts: [api.example.com, "api.example.com:*"] } }]
    - to: [{ operation: { hosts: [api.example.com, "api.example.com:*"], methods: [DELETE] } }]
      when: [{ key: "request.auth.claims[groups]", notValues: [admins] }]
`;

describe("S16 a token", function () {
    this.timeout(600_000);
    let api: Backend;
    let issuer: Backend;
    let scenario: Scenario;
    let asked = 0;
    const known = signer("first");
    let served: object[] = [known.jwk];

    before(async () => {
        api = await httpBackend(({ headers, method }, response) => {
            response.end(
                `${method} ${headers["x-user"] ?? "nobody"} ${headers["x-tier"] ?? "plain"} ${headers["authorization"] === undefined ? "" : "token"}`.trim(),
            );
        });
        issuer = await httpBackend((_request, response) => {
            asked += 1;
            response.setHeader("content-type", "application/json").end(JSON.stringify({ keys: served }));
        });
        scenario = await play({
            ports: [80],
            files: {
                "objects.yaml": objects(issuer.port),
                "policy.yaml": POLICY,
                "api.yaml": serviceYaml("api", 80, api.port, { namespace: "shop" }),
            },
        });
        await eventually(async () => assert.equal((await ask(token(known, {}))).status, 200));
    });
    after(async () => {
        await scenario.stop();
        await Promise.all([api.stop(), issuer.stop()]);
    });

    async function ask(
        bearer: string | undefined,
        { method = "GET", host = "api.example.com" } = {},
    ): Promise<{ status: number; body: string; challenge: string | null }> {
        const { stdout } = await scenario.curl(
            "-i",
            "-X",
            method,
            "-H",
            `Host: ${host}`,
            ...(bearer === undefined ? [] : ["-H", `Authorization: Bearer ${bearer}`]),
            `http://127.0.0.1:${scenario.port(80)}/orders`,
        );
        return {
            status: Number(stdout.split(" ")[1]),
            body: stdout.slice(stdout.indexOf("\r\n\r\n") + 4),
            challenge: /^www-authenticate: (.*)\r$/im.exec(stdout)?.[1] ?? null,
        };
    }

    it("lets its holder in, tells the backend who it is, and keeps the token to itself", async () => {
        assert.equal((await ask(token(known, {}))).body, "GET ann plain");
        assert.equal((await ask(token(known, { tier: "gold" }))).body, "GET ann gold");
    });

    it("is wanted at its host, and at no other", async () => {
        assert.deepEqual(await ask(undefined), { status: 403, body: "RBAC: access denied", challenge: null });
        assert.equal((await ask(undefined, { host: "www.example.com" })).body, "GET nobody plain");
    });

    it("is refused when it is expired, another issuer's, for somebody else or changed, wherever it is shown", async () => {
        const good = token(known, {});
        const now = Math.floor(Date.now() / 1000);
        const wrong: readonly (readonly [string, number])[] = [
            [token(known, { exp: now - 600 }), 401],
            [token(known, { nbf: now + 600 }), 401],
            [token(known, { iss: "https://evil.example.com" }), 401],
            [token(known, { aud: "billing" }), 403],
            [token(signer("first"), {}), 401],
            [token(signer("unknown"), {}), 401],
            [
                `${good.slice(0, good.indexOf("."))}.${encoded({ iss: ISSUER, sub: "root", aud: "orders", exp: now + 600 })}${good.slice(good.lastIndexOf("."))}`,
                401,
            ],
            [`${encoded({ alg: "none" })}.${good.split(".")[1]}.`, 401],
            ["nonsense", 401],
        ];
        for (const [bearer, status] of wrong)
            for (const host of ["api.example.com", "www.example.com"]) {
                const answer = await ask(bearer, { host });
                assert.equal(answer.status, status, bearer);
                if (status === 401)
                    assert.match(
                        answer.challenge ?? "",
                        /^Bearer realm="http:\/\/(api|www)\.example\.com\/orders", error="invalid_token"$/,
                    );
            }
    });

    it("says by its claims what its holder may do", async () => {
        assert.equal((await ask(token(known, { groups: ["staff"] }), { method: "DELETE" })).status, 403);
        assert.equal((await ask(token(known, { groups: ["staff", "admins"] }), { method: "DELETE" })).body, "DELETE ann plain");
    });

    it("is verified by the keys that were read last, while the issuer is away", async () => {
        served = [];
        const before = asked;
        assert.equal((await ask(token(known, { jti: "fresh" }))).status, 200);
        assert.equal(asked, before);
    });

    describe("asked about", () => {
        const explained = async (bearer: string, ...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> => {
            const file = path.join(scenario.fileRoot, "token");
            writeFileSync(file, `${bearer}\n`);
            return gatehouse([
                "explain",
                `http://api.example.com:${scenario.port(80)}/orders`,
                "--admin",
                String(scenario.proxy.ready["admin"]),
                "--token",
                file,
                ...args,
            ]);
        };

        it("is said to be good, by which rule, and what it means for each policy", async () => {
            const { stdout, stderr } = await explained(token(known, { groups: ["staff"] }), "--method", "DELETE");
            assert.match(stdout, /403, answered by the gateway/, stderr);
            assert.match(stdout, /header authorization: a good token of https:\/\/login\.example\.com for "?ann"?/);
            assert.match(stdout, /DENY istio-system\/api-needs-a-token matches/);
            assert.match(stdout, /spec\.rules\[0\] does not match: from\[0\]\.source\.notRequestPrincipals/);
            assert.match(
                stdout,
                /spec\.rules\[1\] matches: .*when\[0\] \(request\.auth\.claims\[groups\]\) wants none of "admins"; it is staff/,
            );
        });

        it("is said what is wrong with it", async () => {
            const now = Math.floor(Date.now() / 1000);
            for (const [bearer, words] of [
                [token(known, { exp: now - 600 }), /it expired at .*, 10 min ago/],
                [
                    token(known, { iss: "https://evil.example.com" }),
                    /its issuer is "https:\/\/evil\.example\.com", and the rule is for "https:\/\/login/,
                ],
                [token(known, { aud: "billing" }), /it is for "billing", and the rule wants one of "orders"/],
                [token(signer("unknown"), {}), /"unknown", which is not among the issuer's keys: "first"/],
                [token(signer("first"), {}), /none of the issuer's keys that may be meant has signed it/],
                ["nonsense", /two dots/],
            ] as const) {
                const { stdout, stderr, code } = await explained(bearer);
                assert.equal(code, 0, stderr);
                assert.match(stdout, words);
                assert.ok(bearer === "nonsense" || !stdout.includes(bearer.slice(-40)), "the token itself is not shown");
            }
        });

        it("is verified by the issuer's own keys where only the objects are there", async () => {
            const folder = mkdtempSync(path.join(scenario.fileRoot, "objects-"));
            writeFileSync(path.join(folder, "objects.yaml"), `${objects(issuer.port)}---${POLICY}`);
            served = [known.jwk];
            const told = (bearer: string): Promise<Finished> =>
                run(
                    process.execPath,
                    [
                        path.join(root, "cli/gatehouse.js"),
                        "explain",
                        "http://api.example.com/orders",
                        folder,
                        "--labels",
                        GATEWAY_LABELS,
                        "--namespace",
                        "istio-system",
                        "--token",
                        "-",
                        "-o",
                        "json",
                    ],
                    { input: bearer },
                );
            const good = await told(token(known, {}));
            const { access } = JSON.parse(good.stdout) as Explanation;
            assert.deepEqual(
                [access?.decision, access?.tokens[0]?.valid, access?.tokens[0]?.subject],
                ["allowed", true, "ann"],
                good.stderr,
            );
            const other = JSON.parse((await told(token(signer("first"), {}))).stdout) as Explanation;
            assert.deepEqual([other.status, other.access?.decision, other.access?.tokens[0]?.valid], [401, "unauthenticated", false]);
        });
    });
});
