/** Every kind of object is broken in turn while the others serve: named exactly, last good version in force, nothing else affected. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { after, before, describe, it } from "mocha";
import { makeAuthority } from "../support/certificates";
import { httpBackend, play, serviceYaml, type Backend, type Scenario } from "../support/scenario";

const GATEWAY = `
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: { name: edge, namespace: default }
spec:
  selector: { istio: ingressgateway }
  servers:
    - { port: { number: 80, name: http, protocol: HTTP }, hosts: ["*"] }
    - { port: { number: 443, name: https, protocol: HTTPS }, hosts: ["a.example.com"], tls: { mode: SIMPLE, credentialName: a-credential } }
`;
const ROUTE = `
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: a, namespace: default }
spec:
  hosts: ["a.example.com"]
  gateways: [edge]
  http: [{ route: [{ destination: { host: external.example.com, port: { number: 80 }, subset: all } }] }]
`;
const RULE = `
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: { name: external, namespace: default }
spec:
  host: external.example.com
  subsets: [{ name: all, labels: {} }]
`;
const entry = (port: number): string => `
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: { name: external, namespace: default }
spec:
  hosts: [external.example.com]
  ports: [{ number: 80, name: http, protocol: HTTP, targetPort: ${port} }]
  location: MESH_EXTERNAL
  resolution: STATIC
  endpoints: [{ address: 127.0.0.1 }]
`;
const SIDECAR = `
apiVersion: networking.istio.io/v1
kind: Sidecar
metadata: { name: default, namespace: default }
spec: { egress: [{ hosts: ["./*"] }] }
`;
const TELEMETRY = `
apiVersion: telemetry.istio.io/v1
kind: Telemetry
metadata: { name: logs, namespace: istio-system }
spec: { accessLogging: [{ providers: [{ name: envoy }], disabled: true }] }
`;
const other = `
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: b, namespace: default }
spec:
  hosts: ["b.example.com"]
  gateways: [edge]
  http: [{ route: [{ destination: { host: b, port: { number: 80 } } }] }]
`;

describe("bad input", function () {
    this.timeout(600_000);
    let backend: Backend;
    let scenario: Scenario;
    let good: Record<string, string>;

    before(async () => {
        backend = await httpBackend((request, response) => {
            response.end(request.headers.host);
        });
        const ca = await makeAuthority();
        const issued = await ca.issue({ dns: ["a.example.com"] });
        good = {
            "gateway.yaml": GATEWAY,
            "route.yaml": ROUTE,
            "rule.yaml": RULE,
            "entry.yaml": entry(backend.port),
            "sidecar.yaml": SIDECAR,
            "telemetry.yaml": TELEMETRY,
            "secret.yaml": `apiVersion: v1\nkind: Secret\nmetadata: { name: a-credential, namespace: istio-system }\nstringData: { tls.crt: ${JSON.stringify(issued.cert)}, tls.key: ${JSON.stringify(issued.key)} }\n`,
            "b.yaml": other,
            "b-service.yaml": serviceYaml("b", 80, backend.port),
        };
        scenario = await play({ ports: [80, 443], files: good });
        writeFileSync(path.join(scenario.fileRoot, "ca.pem"), ca.cert);
    });
    after(async () => {
        await scenario.stop();
        await backend.stop();
    });

    const everythingServes = async (): Promise<void> => {
        for (const host of ["a.example.com", "b.example.com"]) {
            assert.equal((await scenario.curl("-H", `Host: ${host}`, `http://127.0.0.1:${scenario.port(80)}/`)).stdout, host);
        }
        const port = scenario.port(443);
        const { stdout } = await scenario.curl(
            "--cacert",
            path.join(scenario.fileRoot, "ca.pem"),
            "--resolve",
            `a.example.com:${port}:127.0.0.1`,
            `https://a.example.com:${port}/`,
        );
        assert.equal(stdout, `a.example.com:${port}`);
    };

    /** file, what replaces what, and what the message must name. */
    const faults: readonly (readonly [title: string, file: string, from: string | RegExp, to: string, names: readonly RegExp[]])[] = [
        ["a typo in a Gateway's field", "gateway.yaml", 'hosts: ["*"]', 'host: ["*"]', [/Gateway/, /edge/, /spec\.servers\[0\]/, /hosts/]],
        [
            "a Gateway port out of range",
            "gateway.yaml",
            "number: 80,",
            "number: 70000,",
            [/Gateway/, /edge/, /spec\.servers\[0\]\.port\.number/, /70000/, /65535/],
        ],
        [
            "a typo in a VirtualService",
            "route.yaml",
            "destination:",
            "destinaton:",
            [/VirtualService/, /spec\.http\[0\]\.route\[0\]/, /destinaton/, /destination/],
        ],
        [
            "a regular expression that does not compile",
            "route.yaml",
            "[{ route:",
            '[{ match: [{ uri: { regex: "(" } }], route:',
            [/VirtualService/, /uri\.regex/],
        ],
        [
            "a DestinationRule without a host",
            "rule.yaml",
            "  host: external.example.com\n",
            "",
            [/DestinationRule/, /external/, /spec\.host/],
        ],
        [
            "a ServiceEntry with an unknown resolution",
            "entry.yaml",
            "STATIC",
            "STATICK",
            [/ServiceEntry/, /spec\.resolution/, /STATICK/, /STATIC/],
        ],
        ["a Sidecar of the wrong shape", "sidecar.yaml", '[{ hosts: ["./*"] }]', "nonsense", [/Sidecar/, /spec\.egress/]],
        ["a Telemetry of the wrong shape", "telemetry.yaml", "disabled: true", 'disabled: "soon"', [/Telemetry/, /disabled/]],
        ["a Secret whose certificate is no PEM", "secret.yaml", /tls.crt: "[^"]*"/, 'tls.crt: "hello"', [/Secret/, /a-credential/]],
        [
            "an EndpointSlice with a port that is no number",
            "b-service.yaml",
            /ports: \[\{ name: http, port: \d+ \}\]/,
            "ports: [{ name: http, port: many }]",
            [/EndpointSlice/, /b-local/, /port/],
        ],
        ["a Service without a port number", "b-service.yaml", /port: 80,/, "", [/Service/, /spec\.ports\[0\]/]],
        ["a malformed document", "route.yaml", "spec:", "spec: [", [/route\.yaml/]],
        ["a file half written", "gateway.yaml", /number: 443[^]*$/, "num", [/gateway\.yaml/]],
        ["an unknown kind", "sidecar.yaml", "kind: Sidecar", "kind: Sidecart", [/Sidecart/, /Sidecar/]],
    ];
    for (const [title, file, from, to, names] of faults) {
        it(`names ${title}, and goes on serving everything`, async () => {
            const text = good[file] ?? "";
            const broken = text.replace(from, to);
            assert.notEqual(broken, text, "the fault was not put in");
            const seen = scenario.proxy.log.length;
            await scenario.write(file, broken);
            await scenario.proxy.waitFor(
                (line) =>
                    scenario.proxy.log.indexOf(line) >= seen &&
                    names.every((name) => name.test(JSON.stringify(line).replaceAll('\\"', '"'))),
            );
            await everythingServes();
            await scenario.write(file, text);
        });
    }

    it("prints no stack trace and no key in all of it", () => {
        const text = scenario.proxy.log.map((line) => JSON.stringify(line)).join("\n");
        assert.doesNotMatch(text, /\n? +at .+:\d+:\d+|PRIVATE KEY/);
    });
});
