/** S10: an egress gateway between an application and the outside: HTTP, TLS as it is, and TLS that the gateway begins. */
import assert from "node:assert/strict";
import { createServer } from "node:https";
import type { TLSSocket } from "node:tls";
import { after, before, describe, it } from "mocha";
import { makeAuthority, type TestAuthority, type TestCertificate } from "../support/certificates";
import { eventually } from "../support/eventually";
import { externalYaml, playMesh, type MeshScenario } from "../support/mesh-scenario";
import { backendOf, httpBackend, type Backend } from "../support/scenario";

const HOST = "httpbin.org";
const EGRESS = "egress.default.svc.cluster.local";

const GATEWAY = `
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: { name: egress, namespace: default }
spec:
  selector: { gateway-name: egress, gateway-type: egress }
  servers:
    - { port: { number: 80, name: http, protocol: HTTP }, hosts: ["*"] }
    - { port: { number: 443, name: tls, protocol: TLS }, hosts: ["*"], tls: { mode: PASSTHROUGH } }
`;

/** `outside`: the port that the gateway goes on to. */
const routes = (outside: number): string => `
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: httpbin-egress, namespace: default }
spec:
  hosts: [${HOST}]
  gateways: [egress, mesh]
  http:
    - match: [{ gateways: [mesh], port: 80 }]
      route: [{ destination: { host: ${EGRESS}, port: { number: 80 } } }]
    - match: [{ gateways: [egress], port: 80 }]
      route: [{ destination: { host: ${HOST}, port: { number: ${outside} } } }]
  tls:
    - match: [{ gateways: [mesh], port: 443, sniHosts: [${HOST}] }]
      route: [{ destination: { host: ${EGRESS}, port: { number: 443 } } }]
    - match: [{ gateways: [egress], port: 443, sniHosts: [${HOST}] }]
      route: [{ destination: { host: ${HOST}, port: { number: 443 } } }]
`;

const origination = (tls: string): string => `
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: { name: httpbin, namespace: default }
spec:
  host: ${HOST}
  trafficPolicy: { portLevelSettings: [{ port: { number: 443 }, tls: { ${tls}, sni: ${HOST} } }] }
`;

const secret = (name: string, data: Readonly<Record<string, string>>): string => `
apiVersion: v1
kind: Secret
metadata: { name: ${name}, namespace: default }
stringData: { ${Object.entries(data)
    .map(([key, value]) => `${key}: ${JSON.stringify(value)}`)
    .join(", ")} }
`;

describe("S10 an egress gateway", function () {
    this.timeout(600_000);
    let ca: TestAuthority;
    let client: TestCertificate;
    let plain: Backend;
    let secure: Backend;
    let scenario: MeshScenario;

    before(async () => {
        ca = await makeAuthority();
        const [server, shown] = await Promise.all([ca.issue({ dns: [HOST] }), ca.issue({ dns: ["egress.example.com"] })]);
        client = shown;
        plain = await httpBackend((request, response) => void response.end(`plain ${request.headers.host} ${request.url}`));
        secure = await backendOf(
            createServer({ ...server, ca: ca.cert, requestCert: true, rejectUnauthorized: false }, (request, response) => {
                const { subject } = (request.socket as TLSSocket).getPeerCertificate();
                response.end(`secure ${request.headers.host} ${subject?.CN ?? "nobody"}`);
            }),
        );
        scenario = await playMesh({
            "gateway.yaml": GATEWAY,
            "routes.yaml": routes(80),
            "outside.yaml": externalYaml(HOST, {
                http: { number: 80, protocol: "HTTP", target: plain.port },
                https: { number: 443, protocol: "HTTPS", target: secure.port },
            }),
            "policy.yaml": `
apiVersion: networking.istio.io/v1
kind: Sidecar
metadata: { name: default, namespace: default }
spec: { outboundTrafficPolicy: { mode: REGISTRY_ONLY } }
`,
        });
    });
    after(async () => {
        await scenario?.stop();
        await plain?.stop();
        await secure?.stop();
    });

    it("leads HTTP through the gateway, with the same answer for the application", async () => {
        assert.equal((await scenario.curl(`http://${HOST}/get`)).stdout, `plain ${HOST} /get`);
        await eventually(() => assert.match(scenario.egress.stdout(), /GET \/get HTTP\/1\.1.*outbound\|80\|\|httpbin\.org/));
        await eventually(() =>
            assert.match(scenario.mesh.stdout(), /GET \/get HTTP\/1\.1.*outbound\|80\|\|egress\.default\.svc\.cluster\.local/),
        );
    });

    it("leads TLS through it by its server name, and neither of the two sees what is in it", async () => {
        const answer = await scenario.curl("--insecure", "--proxytunnel", `https://${HOST}/get`);
        assert.equal(answer.stdout, `secure ${HOST} nobody`, answer.stderr);
        await eventually(() => assert.match(scenario.egress.stdout(), /outbound\|443\|\|httpbin\.org/));
        assert.doesNotMatch(scenario.egress.stdout(), /GET \/get.*outbound\|443/);
    });

    it("begins TLS itself where a DestinationRule says so, and shows whose it is by a Secret", async () => {
        await scenario.write("ca.yaml", secret("outside-ca", { "ca.crt": ca.cert }));
        await scenario.write("rule.yaml", origination("mode: SIMPLE, credentialName: outside-ca"));
        await scenario.write("routes.yaml", routes(443));
        await eventually(async () => assert.equal((await scenario.curl(`http://${HOST}/simple`)).stdout, `secure ${HOST} nobody`));
        await scenario.write("pair.yaml", secret("egress-pair", { "tls.crt": client.cert, "tls.key": client.key, "ca.crt": ca.cert }));
        await scenario.write("rule.yaml", origination("mode: MUTUAL, credentialName: egress-pair"));
        await eventually(async () =>
            assert.equal((await scenario.curl(`http://${HOST}/mutual`)).stdout, `secure ${HOST} egress.example.com`),
        );
    });

    it("answers 503 where the Secret is missing, and names it", async () => {
        await scenario.write("rule.yaml", origination("mode: MUTUAL, credentialName: nobody-has-this"));
        await eventually(async () => assert.equal(await scenario.status(`http://${HOST}/`), 503));
        await scenario.egress.waitFor(({ text }) => typeof text === "string" && text.includes("nobody-has-this"));
    });
});
