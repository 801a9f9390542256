/** S14: a Kubernetes Ingress of Istio's class: paths with a star, a Service's port by number and by name, a certificate from a Secret. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { after, before, describe, it } from "mocha";
import type { Explanation } from "../../proxy/explain";
import { makeAuthority, type TestCertificate } from "../support/certificates";
import { eventually } from "../support/eventually";
import { gatehouse } from "../support/gatehouse";
import { GATEWAY_LABELS, httpbinBackend, play, serviceYaml, type Backend, type Scenario } from "../support/scenario";

const secret = (issued: TestCertificate): string => `
apiVersion: v1
kind: Secret
metadata: { name: istio-ingress-certs, namespace: istio-system }
type: kubernetes.io/tls
stringData:
  tls.crt: ${JSON.stringify(issued.cert)}
  tls.key: ${JSON.stringify(issued.key)}
`;

const ingress = (name: string, spec: string, annotations = "kubernetes.io/ingress.class: istio"): string => `
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: ${name}
  namespace: default
  annotations: { ${annotations} }
spec: ${spec}
`;

const path14 = (text: string, port: string, name = "httpbin", type = "ImplementationSpecific"): string =>
    `{ path: "${text}", pathType: ${type}, backend: { service: { name: ${name}, port: { ${port} } } } }`;

const SIMPLE = ingress(
    "simple-ingress",
    `{ tls: [{ secretName: istio-ingress-certs }], rules: [{ http: { paths: [${path14("/status/*", "number: 8000")}, ${path14("/delay/*", "name: http")}] } }] }`,
    'kubernetes.io/ingress.class: istio, nginx.ingress.kubernetes.io/rewrite-target: "/", example.com/other: "yes"',
);
const OTHERS = ingress(
    "of-another-controller",
    `{ rules: [{ http: { paths: [${path14("/headers", "number: 8000")}] } }] }`,
    "kubernetes.io/ingress.class: nginx",
);

describe("S14 Kubernetes Ingress", function () {
    this.timeout(600_000);
    let httpbin: Backend;
    let scenario: Scenario;

    before(async () => {
        httpbin = await httpbinBackend();
        const ca = await makeAuthority();
        const issued = await ca.issue({ dns: ["httpbin.example.com"] });
        scenario = await play({
            ports: [80, 443],
            files: {
                "secret.yaml": secret(issued),
                "simple.yaml": SIMPLE,
                "others.yaml": OTHERS,
                "httpbin.yaml": serviceYaml("httpbin", 8000, httpbin.port),
            },
        });
        writeFileSync(path.join(scenario.fileRoot, "ca.pem"), ca.cert);
    });
    after(async () => {
        await scenario.stop();
        await httpbin.stop();
    });

    const status = async (target: string, scheme: "http" | "https", host = "httpbin.example.com"): Promise<string> => {
        const port = scenario.port(scheme === "http" ? 80 : 443);
        const { stdout } = await scenario.curl(
            "-o",
            "/dev/null",
            "-w",
            "%{http_code}",
            "--cacert",
            path.join(scenario.fileRoot, "ca.pem"),
            "--resolve",
            `${host}:${port}:127.0.0.1`,
            `${scheme}://${host}:${port}${target}`,
        );
        return stdout;
    };

    for (const scheme of ["http", "https"] as const) {
        it(`serves its paths over ${scheme}, and 404 to all others`, async () => {
            assert.equal(await status("/status/200", scheme), "200");
            assert.equal(await status("/status/418", scheme), "418");
            assert.equal(await status("/delay/1", scheme), "200");
            assert.equal(await status("/status", scheme), "200");
            assert.equal(await status("/statuses", scheme), "404");
            assert.equal(await status("/headers", scheme), "404", "that of another controller's class");
            assert.equal(await status("/", scheme), "404");
        });
    }

    it("is counted by the paths of each Ingress, and what none has apart", async () => {
        await status("/status/418", "http");
        await status("/nothing", "http");
        const counts = async (): Promise<string[]> => {
            const { stdout } = await scenario.curl(`http://${String(scenario.proxy.ready["admin"])}/stats/prometheus`);
            return stdout.split("\n").filter((line) => line.startsWith("gatehouse_route_requests_total{"));
        };
        await eventually(async () => {
            const all = (await counts()).join("\n");
            assert.match(all, /route="Ingress default\/simple-ingress spec\.rules\[0\]\.http\.paths\[0\]",code="418"\} [1-9]/);
            assert.match(all, /route="unmatched",code="404"\} [1-9]/);
        }, 10_000);
    });

    it("is explained by the proxy, and by its folder alike: which path of which Ingress takes a request", async () => {
        const explained = async (...args: string[]): Promise<unknown[]> => {
            const { code, stdout, stderr } = await gatehouse(["explain", ...args, "-o", "json"]);
            assert.equal(code, 0, stderr);
            const { action, route, destination, status } = JSON.parse(stdout) as Explanation;
            const { kind, namespace, name, field } = route?.origin ?? {};
            return [action, status, kind, `${namespace}/${name}`, field, destination?.host];
        };
        const admin = ["--admin", String(scenario.proxy.ready["admin"])];
        const { folder } = scenario;
        const fromFolder = folder === undefined ? undefined : [folder, "--labels", GATEWAY_LABELS, "--namespace", "istio-system"];
        for (const [scheme, port] of [
            ["http", 80],
            ["https", 443],
        ] as const) {
            const taken = (field: string): unknown[] => [
                "forward",
                null,
                "Ingress",
                "default/simple-ingress",
                field,
                "httpbin.default.svc.cluster.local",
            ];
            for (const [target, field] of [
                ["/status/200", "spec.rules[0].http.paths[0]"],
                ["/delay/1", "spec.rules[0].http.paths[1]"],
            ] as const) {
                const opened = `${scheme}://httpbin.example.com:${scenario.port(port)}${target}`;
                assert.deepEqual(await explained(opened, ...admin), taken(field));
                if (fromFolder === undefined) continue;
                assert.deepEqual(await explained(`${scheme}://httpbin.example.com${target}`, ...fromFolder), taken(field));
            }
            const [action, code, kind] = await explained(`${scheme}://httpbin.example.com:${scenario.port(port)}/headers`, ...admin);
            assert.deepEqual([action, code, kind], ["reply", 404, undefined]);
        }
    });

    it("takes up others as they come and go, the longest path first", async () => {
        const host = "host: httpbin.example.com, ";
        await scenario.write(
            "more.yaml",
            ingress(
                "more",
                `{ rules: [{ ${host}http: { paths: [${path14("/", "name: http", "httpbin", "Prefix")}, ${path14("/status", "number: 8000", "gone", "Exact")}] } }] }`,
            ),
        );
        await eventually(async () => assert.equal(await status("/anything", "http"), "200"), 30_000);
        assert.equal(await status("/status", "http"), "503", "its Service is missing");
        assert.equal(await status("/status/418", "http"), "418");
        const line = await scenario.proxy.waitFor(({ code }) => code === "GH0436");
        assert.match(JSON.stringify(line), /gone\.default\.svc\.cluster\.local/);
        await scenario.remove("more.yaml");
        await eventually(async () => assert.equal(await status("/anything", "http"), "404"), 30_000);
    });

    it("serves a class of our own to the gateway whose Service the class names", async () => {
        await scenario.write(
            "class.yaml",
            `
apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata: { name: own }
spec:
  controller: gatehouse.dev/ingress-controller
  parameters: { kind: Service, scope: Namespace, namespace: istio-system, name: istio-ingressgateway }
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: own, namespace: default }
spec:
  ingressClassName: own
  defaultBackend: { service: { name: httpbin, port: { number: 8000 } } }
  rules:
    - host: "*.example.org"
      http: { paths: [{ path: /only, pathType: Exact, backend: { service: { name: httpbin, port: { name: http } } } }] }
`,
        );
        await eventually(async () => assert.equal(await status("/only", "http", "a.example.org"), "200"), 30_000);
        assert.equal(await status("/status/418", "http", "a.example.org"), "418", "by the default backend");
        assert.equal(await status("/status/418", "http", "nobody.example.net"), "418");
        await scenario.remove("class.yaml");
        await eventually(async () => assert.equal(await status("/only", "http", "a.example.org"), "404"), 30_000);
    });
});
