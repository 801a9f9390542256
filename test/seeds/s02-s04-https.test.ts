/** S2, S3, S4: HTTPS with certificates from Secrets, the redirect to it, several hosts on 443, and their rotation. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { connect, type TLSSocket } from "node:tls";
import { after, before, describe, it } from "mocha";
import { makeAuthority, type TestAuthority, type TestCertificate } from "../support/certificates";
import { eventually } from "../support/eventually";
import { run } from "../support/gatehouse";
import { httpBackend, play, serviceYaml, type Backend, type Scenario } from "../support/scenario";

const gateway = (httpsRedirect: boolean): string => `
apiVersion: networking.istio.io/v1alpha3
kind: Gateway
metadata: { name: coolstore-gateway, namespace: istioinaction }
spec:
  selector: { istio: ingressgateway }
  servers:
    - port: { number: 80, name: http, protocol: HTTP }
      hosts: ["webapp.istioinaction.io"]
${httpsRedirect ? "      tls: { httpsRedirect: true }\n" : ""}\
    - port: { number: 443, name: https-webapp, protocol: HTTPS }
      hosts: ["webapp.istioinaction.io"]
      tls: { mode: SIMPLE, credentialName: webapp-credential }
    - port: { number: 443, name: https-catalog, protocol: HTTPS }
      hosts: ["catalog.istioinaction.io"]
      tls: { mode: SIMPLE, credentialName: catalog-credential }
`;
const route = (name: string, service: string): string => `
apiVersion: networking.istio.io/v1alpha3
kind: VirtualService
metadata: { name: ${name}-vs-from-gw, namespace: istioinaction }
spec:
  hosts: ["${name}.istioinaction.io"]
  gateways: [coolstore-gateway]
  http: [{ route: [{ destination: { host: ${service}, port: { number: 80 } } }] }]
`;
const secret = (name: string, issued: TestCertificate): string => `
apiVersion: v1
kind: Secret
metadata: { name: ${name}, namespace: istio-system }
type: kubernetes.io/tls
data:
  tls.crt: ${Buffer.from(issued.cert).toString("base64")}
  tls.key: ${Buffer.from(issued.key).toString("base64")}
`;

describe("S2-S4 HTTPS", function () {
    this.timeout(600_000);
    let ca: TestAuthority;
    const issue = (name: string): Promise<TestCertificate> => ca.issue({ dns: [`${name}.istioinaction.io`] });
    let backends: Backend[];
    let scenario: Scenario;
    let caFile: string;

    before(async () => {
        ca = await makeAuthority("Scenario CA");
        backends = await Promise.all(
            ["webapp", "catalog"].map((name) =>
                httpBackend((request, response) => {
                    response.end(`${name} ${request.url} ${request.headers["x-forwarded-proto"]}`);
                }),
            ),
        );
        const [webapp, catalog] = backends;
        assert.ok(webapp && catalog);
        scenario = await play({
            ports: [80, 443],
            files: {
                "gateway.yaml": gateway(false),
                "routes.yaml": [route("webapp", "webapp"), route("catalog", "catalog")].join("---"),
                "webapp-secret.yaml": secret("webapp-credential", await issue("webapp")),
                "catalog-secret.yaml": secret("catalog-credential", await issue("catalog")),
                "services.yaml": [
                    serviceYaml("webapp", 80, webapp.port, { namespace: "istioinaction" }),
                    serviceYaml("catalog", 80, catalog.port, { namespace: "istioinaction" }),
                ].join("---\n"),
            },
        });
        caFile = path.join(scenario.fileRoot, "ca-chain.cert.pem");
        writeFileSync(caFile, ca.cert);
    });
    after(async () => {
        await scenario.stop();
        await Promise.all(backends.map((backend) => backend.stop()));
    });

    const curl = (host: string, target: string, ...extra: string[]): ReturnType<Scenario["curl"]> => {
        const port = scenario.port(443);
        return scenario.curl("--resolve", `${host}:${port}:127.0.0.1`, ...extra, `https://${host}:${port}${target}`);
    };

    it("serves the host with a certificate that its CA verifies", async () => {
        const { code, stdout } = await curl("webapp.istioinaction.io", "/api/catalog", "--cacert", caFile);
        assert.deepEqual({ code, stdout }, { code: 0, stdout: "webapp /api/catalog https" });
    });

    it("is not verified without the CA: curl error 60", async () => {
        assert.equal((await curl("webapp.istioinaction.io", "/")).code, 60);
    });

    it("refuses the handshake for a name no server has, and without a name", async () => {
        const port = scenario.port(443);
        const wrong = await scenario.curl("--cacert", caFile, `https://localhost:${port}/`);
        assert.equal(wrong.code, 35);
        const none = await run("openssl", ["s_client", "-connect", `127.0.0.1:${port}`, "-noservername"]);
        assert.doesNotMatch(none.stdout, /BEGIN CERTIFICATE/);
    });

    it("gives each host its own certificate and its own backend", async () => {
        for (const name of ["webapp", "catalog"]) {
            const host = `${name}.istioinaction.io`;
            const { stdout } = await run("openssl", ["s_client", "-connect", `127.0.0.1:${scenario.port(443)}`, "-servername", host]);
            assert.match(stdout, new RegExp(`subject=CN = ${host.replaceAll(".", "\\.")}`));
            assert.equal((await curl(host, "/items", "--cacert", caFile)).stdout, `${name} /items https`);
        }
    });

    it("does not serve one host's routes on a connection made for another", async () => {
        const { stdout } = await curl(
            "webapp.istioinaction.io",
            "/",
            "--cacert",
            caFile,
            "-H",
            "Host: catalog.istioinaction.io",
            "-o",
            "/dev/null",
            "-w",
            "%{http_code}",
        );
        assert.equal(stdout, "421");
    });

    it("gives new connections a rotated certificate while open ones live on", async () => {
        const open = await handshake(scenario.port(443), "webapp.istioinaction.io", ca.cert);
        const before = open.getPeerX509Certificate()?.serialNumber;
        await scenario.write("webapp-secret.yaml", secret("webapp-credential", await issue("webapp")));
        await eventually(async () => {
            const fresh = await handshake(scenario.port(443), "webapp.istioinaction.io", ca.cert);
            const serial = fresh.getPeerX509Certificate()?.serialNumber;
            fresh.destroy();
            assert.notEqual(serial, before);
        });
        const answer = new Promise<string>((resolve) => open.once("data", (chunk: Buffer) => resolve(chunk.toString("latin1"))));
        open.write("GET /still HTTP/1.1\r\nHost: webapp.istioinaction.io\r\n\r\n");
        assert.match(await answer, /^HTTP\/1\.1 200 /);
        open.destroy();
    });

    it("goes on with the last good certificate when a key does not match, and says so", async () => {
        const broken = { ...(await issue("catalog")), key: (await issue("catalog")).key };
        await scenario.write("catalog-secret.yaml", secret("catalog-credential", broken));
        const line = await scenario.proxy.waitFor((one) => JSON.stringify(one).includes("catalog-credential"));
        assert.doesNotMatch(JSON.stringify(line), /PRIVATE KEY/);
        assert.equal((await curl("catalog.istioinaction.io", "/items", "--cacert", caFile)).stdout, "catalog /items https");
    });

    it("redirects with 301 to https, host as sent and query kept (S3)", async () => {
        await scenario.write("gateway.yaml", gateway(true));
        const location = (host: string): Promise<string> =>
            scenario
                .curl(
                    "-o",
                    "/dev/null",
                    "-w",
                    "%{http_code} %header{location}",
                    "-H",
                    `Host: ${host}`,
                    `http://127.0.0.1:${scenario.port(80)}/api/catalog?a=1`,
                )
                .then(({ stdout }) => stdout);
        await eventually(async () =>
            assert.equal(await location("webapp.istioinaction.io"), "301 https://webapp.istioinaction.io/api/catalog?a=1"),
        );
        // Istio keeps the port of the Host header, also where it is the wrong one for https.
        assert.equal(await location("webapp.istioinaction.io:8080"), "301 https://webapp.istioinaction.io:8080/api/catalog?a=1");
    });

    it("keeps the other host when a Secret goes missing, and names the Secret", async () => {
        await scenario.remove("catalog-secret.yaml");
        await scenario.proxy.waitFor((one) => /catalog-credential/.test(JSON.stringify(one)) && /istio-system/.test(JSON.stringify(one)));
        assert.equal((await curl("webapp.istioinaction.io", "/", "--cacert", caFile)).stdout, "webapp / https");
    });
});

function handshake(port: number, servername: string, ca: string): Promise<TLSSocket> {
    return new Promise((resolve, reject) => {
        const socket = connect({ port, host: "127.0.0.1", servername, ca, ALPNProtocols: ["http/1.1"] });
        socket.once("secureConnect", () => resolve(socket));
        socket.once("error", reject);
    });
}
