/** S8: is it in sync, and what does it serve? The commands that somebody who knows istioctl types, and what they answer. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import path from "node:path";
import { after, before, describe, it } from "mocha";
import { makeAuthority } from "../support/certificates";
import { eventually } from "../support/eventually";
import { gatehouse, type Finished } from "../support/gatehouse";
import { httpBackend, play, serviceYaml, type Backend, type Scenario } from "../support/scenario";

const NAMESPACE = "istioinaction";
const GATEWAY = `
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: { name: coolstore-gateway, namespace: ${NAMESPACE} }
spec:
  selector: { istio: ingressgateway }
  servers:
    - port: { number: 80, name: http, protocol: HTTP }
      hosts: ["webapp.istioinaction.io", "catalog.istioinaction.io"]
    - port: { number: 443, name: https, protocol: HTTPS }
      hosts: ["webapp.istioinaction.io"]
      tls: { mode: SIMPLE, credentialName: webapp-credential }
`;
const virtualService = (name: string, host: string, rules: string): string => `
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: ${name}, namespace: ${NAMESPACE} }
spec:
  hosts: ["${host}"]
  gateways: [coolstore-gateway]
  http:${rules}
`;
const toWebapp = "{ destination: { host: webapp, port: { number: 80 } } }";
const ROUTES = virtualService(
    "webapp-vs-from-gw",
    "webapp.istioinaction.io",
    `\n    - { match: [{ uri: { prefix: /api } }], route: [${toWebapp}] }\n    - { route: [${toWebapp}] }`,
);

const KEY = "hunter2";
/** With its private half, which somebody pasted. */
const JWK = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({ format: "jwk" });
/** Secrets, wherever somebody may write one. */
const SEEDED = `
${virtualService(
    "careless",
    "catalog.istioinaction.io",
    `
    - match: [{ headers: { authorization: { exact: "Basic ${KEY}-match" } }, queryParams: { token: { exact: ${KEY}-query } } }]
      headers: { request: { set: { x-api-key: ${KEY}-set, x-whatever: ${KEY}-any } }, response: { add: { set-cookie: "s=${KEY}-cookie" } } }
      route: [${toWebapp}]
    - directResponse: { status: 200, body: { string: "${KEY}-body" } }`,
)}
---
apiVersion: security.istio.io/v1
kind: RequestAuthentication
metadata: { name: tokens, namespace: istio-system }
spec:
  jwtRules:
    - issuer: https://issuer.test
      jwks: '${JSON.stringify({ keys: [{ ...JWK, kid: "k1" }] })}'
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: { name: by-key, namespace: istio-system }
spec:
  action: DENY
  rules: [{ when: [{ key: "request.headers[x-api-key]", values: ["${KEY}-policy"] }] }]
---
apiVersion: v1
kind: Secret
metadata: { name: passwords, namespace: istio-system }
stringData: { auth: "ann:${KEY}-htpasswd" }
`;

describe("S8 is it in sync, and what does it serve", function () {
    this.timeout(600_000);
    let webapp: Backend;
    let scenario: Scenario;
    let key: string;

    before(async () => {
        webapp = await httpBackend((_request, response) => void response.end("webapp"));
        const authority = await makeAuthority();
        const certificate = await authority.issue({ dns: ["webapp.istioinaction.io"] });
        key = certificate.key;
        const data = { "tls.crt": certificate.cert, "tls.key": key };
        scenario = await play({
            ports: [80, 443],
            files: {
                "gateway.yaml": GATEWAY,
                "route.yaml": ROUTES,
                "webapp.yaml": serviceYaml("webapp", 80, webapp.port, { namespace: NAMESPACE }),
                "secret.yaml": `apiVersion: v1\nkind: Secret\ntype: kubernetes.io/tls\nmetadata: { name: webapp-credential, namespace: istio-system }\nstringData: ${JSON.stringify(data)}\n`,
            },
        });
    });
    after(async () => {
        await scenario?.stop();
        await webapp?.stop();
    });

    const ask = (...args: readonly string[]): Promise<Finished> =>
        gatehouse([...args, "--admin", `http://${String(scenario.proxy.ready["admin"])}`]);
    /** Cells of a table, without its header. */
    const rows = async (...args: readonly string[]): Promise<string[][]> => {
        const { code, stdout, stderr } = await ask(...args);
        assert.equal(code, 0, stderr);
        return stdout
            .trimEnd()
            .split("\n")
            .slice(1)
            .map((line) => line.split(/ {2,}/));
    };

    it("proxy-status: clusters, listeners and routes match, and the exit code is 0", async () => {
        const { code, stdout } = await ask("proxy-status");
        assert.equal(code, 0, stdout);
        assert.match(
            stdout,
            /^NAME +CDS +EDS +LDS +RDS +SDS +WORKERS +CONFIG +VERSION\n\S+ +SYNCED +SYNCED +SYNCED +SYNCED +SYNCED +1\/1 +\d+ /,
        );
    });

    it("proxy-config: a request's way from the open port to the address that answers, object by object", async () => {
        const [open] = await rows("proxy-config", "listener", "--port", "80");
        const routes = `http.${scenario.port(80)}`;
        assert.ok(open?.join(" ").includes(`${scenario.port(80)} ALL`) && open.join(" ").includes(`Route: ${routes}`), String(open));
        const listed = await rows("proxy-config", "route", "--name", routes);
        assert.deepEqual(
            listed.filter(([, host]) => host === "webapp.istioinaction.io:80").map((row) => row.slice(0, 5)),
            [
                [routes, "webapp.istioinaction.io:80", "webapp.istioinaction.io", "/api*", `webapp-vs-from-gw.${NAMESPACE}`],
                [routes, "webapp.istioinaction.io:80", "webapp.istioinaction.io", "/*", `webapp-vs-from-gw.${NAMESPACE}`],
            ],
        );
        const fqdn = `webapp.${NAMESPACE}.svc.cluster.local`;
        assert.deepEqual(
            (await rows("pc", "c", "--fqdn", fqdn)).map((row) => row.slice(0, 5)),
            [[fqdn, "80", "-", "outbound", "EDS"]],
        );
        assert.deepEqual(
            (await rows("pc", "ep", "--cluster", `outbound|80||${fqdn}`)).map((row) => row.slice(1, 4)),
            [["HEALTHY", "OK", `outbound|80||${fqdn}`]],
        );
        const { stdout } = await ask("pc", "s", "-o", "json");
        const [secret] = JSON.parse(stdout) as { name: string; validCert: boolean; usedBy: string[]; why: string[] }[];
        assert.deepEqual(
            [secret?.name, secret?.validCert, secret?.usedBy, secret?.why],
            ["kubernetes://istio-system/webapp-credential", true, ["webapp.istioinaction.io"], []],
        );
        assert.ok(!stdout.includes("PRIVATE KEY"));
    });

    it("whoever arrives is counted at the endpoint while it is under way, and the log's levels change", async () => {
        assert.equal(await scenario.status("webapp.istioinaction.io", "/api/catalog"), 200);
        const { stdout } = await ask("proxy-config", "log", "--level", "requests:debug");
        assert.match(stdout, /^active loggers:\n[\s\S]* {2}requests: debug\n/);
        const bad = await ask("proxy-config", "log", "--level", "requests:loud");
        assert.deepEqual([bad.code, bad.stdout], [3, ""]);
        assert.match(bad.stderr, /"loud" is no level/);
    });

    it("an object that is bad is REJECTED by name and reason, what was good is served on, and the exit code is 1", async function () {
        // An API server refuses it by itself.
        if (scenario.folder === undefined) this.skip();
        await scenario.write("route.yaml", ROUTES.replace("prefix: /api", "prefxi: /api"));
        await eventually(async () => assert.equal((await ask("proxy-status")).code, 1));
        const { stdout } = await ask("proxy-status");
        assert.match(stdout, /SYNCED +SYNCED +SYNCED +REJECTED +SYNCED/);
        assert.match(
            stdout,
            new RegExp(
                `REJECTED: VirtualService ${NAMESPACE}/webapp-vs-from-gw .*prefxi.*route\\.yaml:\\d+\\).*the last good version is served`,
            ),
        );
        assert.equal(await scenario.status("webapp.istioinaction.io", "/api/catalog"), 200);
        await scenario.write("route.yaml", ROUTES);
        await eventually(async () => assert.equal((await ask("proxy-status")).code, 0));
    });

    it("a Secret that is not there is shown with the reason and the host", async () => {
        await scenario.write(
            "more.yaml",
            GATEWAY.replaceAll("coolstore-gateway", "second").replaceAll("webapp", "second").replaceAll("catalog", "third"),
        );
        await eventually(async () => {
            const found = JSON.parse((await ask("pc", "secrets", "--fqdn", "second", "-o", "json")).stdout) as {
                status: string;
                why: string[];
            }[];
            assert.deepEqual(
                found.map(({ status }) => status),
                ["WARMING"],
            );
            assert.match(found[0]?.why.join() ?? "", /second-credential is not there/);
        });
        await scenario.remove("more.yaml");
    });

    it("the support bundle has all of it and no secret, wherever one was written", async () => {
        await scenario.write("seeded.yaml", SEEDED);
        await eventually(async () => assert.match((await ask("pc", "policies")).stdout, /DENY +by-key\.istio-system/));
        const out = path.join(scenario.fileRoot, "dump.tar.gz");
        const { code, stderr } = await ask("dump", "--out", out);
        assert.equal(code, 0, stderr);
        const names = execFileSync("tar", ["tzf", out], { encoding: "utf8" })
            .trim()
            .split("\n")
            .map((name) => path.basename(name));
        for (const name of [
            "config_dump.json",
            "findings.json",
            "stats.json",
            "endpoints.json",
            "source.json",
            "versions.json",
            "log-levels.json",
            "sync.json",
            "changes.json",
        ])
            assert.ok(names.includes(name), `${name} in ${names.join(", ")}`);
        assert.equal(names.includes("errors.txt"), false);
        const text = execFileSync("tar", ["xzOf", out], { encoding: "utf8", maxBuffer: 2 ** 28 });
        assert.ok(text.includes("catalog.istioinaction.io") && text.includes("x-api-key"));
        const found = text.match(new RegExp(`.*${KEY}.*`, "g")) ?? [];
        assert.deepEqual(found, []);
        for (const line of key.split("\n").slice(1, -2)) assert.equal(text.includes(line), false);
        assert.ok(JWK.d !== undefined && !text.includes(JWK.d));
        const shown = (await ask("pc", "all", "-o", "json")).stdout;
        for (const part of ["match", "query", "set", "cookie", "policy", "htpasswd"])
            assert.equal(shown.includes(`${KEY}-${part}`), false, part);
        await scenario.remove("seeded.yaml");
    });
});
