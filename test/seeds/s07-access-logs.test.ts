/** S7: access logs by the Telemetry API: off until somebody asks, for a workload, a namespace and the mesh; the narrower wins. */
import assert from "node:assert/strict";
import { existsSync, readFileSync, renameSync } from "node:fs";
import path from "node:path";
import { after, before, describe, it } from "mocha";
import { eventually } from "../support/eventually";
import { httpBackend, play, serviceYaml, type Backend, type Scenario } from "../support/scenario";

const GATEWAY = `
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: { name: web, namespace: shop }
spec:
  selector: { istio: ingressgateway }
  servers: [{ port: { number: 80, name: http, protocol: HTTP }, hosts: ["web.test"] }]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: web, namespace: shop }
spec:
  hosts: ["web.test"]
  gateways: [web]
  http: [{ name: shop, route: [{ destination: { host: web, port: { number: 80 } } }] }]
`;

/** As the walk has it, in both versions. */
const telemetry = (name: string, spec: string, version = "v1"): string => `
apiVersion: telemetry.istio.io/${version}
kind: Telemetry
metadata: { name: ${name}, namespace: istio-system }
spec: ${spec}
`;
const ENVOY = "accessLogging: [{ providers: [{ name: envoy }], disabled: false }]";
const WORKLOAD = "selector: { matchLabels: { app: istio-ingressgateway } }";
const NOBODY = telemetry("nobody", `{ selector: { matchLabels: { app: nobody } }, ${ENVOY} }`);

describe("S7 access logs", function () {
    this.timeout(600_000);
    let web: Backend;
    let scenario: Scenario;
    let asked = 0;

    before(async () => {
        web = await httpBackend((_request, response) => void response.end("shop"));
        scenario = await play({
            ports: [80],
            files: { "web.yaml": GATEWAY, "service.yaml": serviceYaml("web", 80, web.port, { namespace: "shop" }) },
        });
    });
    after(async () => {
        await scenario?.stop();
        await web?.stop();
    });

    /** Asks until a request is logged as wanted: a change takes its time to arrive. */
    async function line(
        wanted: RegExp,
        status = 200,
        host = "web.test",
        of: () => string = () => scenario.proxy.stdout(),
    ): Promise<string> {
        let found = "";
        await eventually(async () => {
            const target = `/asked-${++asked}?q=1`;
            assert.equal(await scenario.status(host, target, "-A", "walk"), status);
            await eventually(() => {
                found =
                    of()
                        .split("\n")
                        .find((one) => one.includes(target) || wanted.test(one)) ?? "";
                assert.match(found, wanted);
            }, 1_000);
        }, 30_000);
        return found;
    }

    /** Asks until nothing is logged any more. */
    async function silence(): Promise<void> {
        await eventually(async () => {
            const target = `/asked-${++asked}`;
            await scenario.status("web.test", target);
            await new Promise((resolve) => setTimeout(resolve, 400));
            assert.ok(!scenario.proxy.stdout().includes(target));
        }, 30_000);
    }

    it("are off until somebody asks", async () => {
        await eventually(async () => assert.equal(await scenario.status("web.test", "/"), 200), 30_000);
        await silence();
        await scenario.write("telemetry.yaml", NOBODY);
        await silence();
    });

    for (const version of ["v1alpha1", "v1"])
        it(`are on for the workload that a Telemetry of ${version} selects, in Istio's own format`, async () => {
            await scenario.write("telemetry.yaml", telemetry("ingress-gateway", `{ ${WORKLOAD}, ${ENVOY} }`, version));
            assert.match(
                await line(/asked/),
                /^\[\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\] "GET \/asked-\d+\?q=1 HTTP\/1\.1" 200 - via_upstream - "-" 0 4 \d+ \d+ "127\.0\.0\.1" "walk" "[-\da-f]{36}" "web\.test(:\d+)?" "127\.0\.0\.1:\d+" outbound\|80\|\|web\.shop\.svc\.cluster\.local 127\.0\.0\.1:\d+ 127\.0\.0\.1:\d+ 127\.0\.0\.1:\d+ - shop$/,
            );
            await scenario.write("telemetry.yaml", NOBODY);
            await silence();
        });

    it("are on for the mesh, without a selector in the root namespace, and off for the workload that says so", async () => {
        await scenario.write("telemetry.yaml", telemetry("mesh", `{ ${ENVOY} }`));
        await line(/asked/);
        await scenario.write("workload.yaml", telemetry("ingress-gateway", `{ ${WORKLOAD}, accessLogging: [{ disabled: true }] }`));
        await silence();
    });

    it("have the workload's filter, which is narrower than the mesh's", async () => {
        const filtered = `accessLogging: [{ providers: [{ name: envoy }], filter: { expression: "response.code >= 400 && request.url_path.startsWith('/asked')" } }]`;
        await scenario.write("workload.yaml", telemetry("ingress-gateway", `{ ${WORKLOAD}, ${filtered} }`));
        await silence();
        assert.match(await line(/ 404 /, 404, "other.test"), / 404 NR route_not_found - "-" 0 0 \d+ - /);
    });

    it("go to several providers, in a format of one's own, to a file that may be moved away", async () => {
        const file = path.join(scenario.fileRoot, "access.log");
        await scenario.write(
            "mesh.yaml",
            `
apiVersion: v1
kind: ConfigMap
metadata: { name: istio, namespace: istio-system }
data:
  mesh: |
    extensionProviders:
      - name: file
        envoyFileAccessLog: { path: ${file}, logFormat: { labels: { code: "%RESPONSE_CODE%", path: "%REQ(:PATH)%", flags: "%RESPONSE_FLAGS%" } } }
`,
        );
        await scenario.write(
            "workload.yaml",
            telemetry("ingress-gateway", `{ ${WORKLOAD}, accessLogging: [{ providers: [{ name: envoy }, { name: FILE }] }] }`),
        );
        const inFile = (): string => (existsSync(file) ? readFileSync(file, "utf8") : "");
        const found = await line(/"code":200/, 200, "web.test", inFile);
        assert.deepEqual(Object.keys(JSON.parse(found) as object), ["code", "flags", "path"]);
        await line(/asked/);
        renameSync(file, `${file}.1`);
        process.kill(scenario.proxy.pid, "SIGUSR1");
        await eventually(() => assert.ok(existsSync(file)), 30_000);
        await line(/"code":200/, 200, "web.test", inFile);
    });
});
