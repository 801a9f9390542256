/** Every stack makes valid objects, keeps its keys secret, and has what it is there to show. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { describe, it } from "mocha";
import { checkResources } from "pulumi-gatehouse/policy";
import { evaluate, secretsInClear, type Evaluation, type ReferencedStack } from "pulumi-gatehouse/testing";
import { parse } from "yaml";
import { analyze, findingText, type KubeObject } from "../../istio";
import { root } from "../support/checkout";

const load = createRequire(__filename);

/** Loads the program anew: a module runs once, a stack each time. */
function run(stack: string, stacks: readonly ReferencedStack[] = []): Promise<Evaluation> {
    const folder = path.join(root, "stacks");
    const project = parse(readFileSync(path.join(folder, stack, "Pulumi.yaml"), "utf8")) as {
        name: string;
        config?: Record<string, string>;
    };
    return evaluate(
        () => {
            for (const file of Object.keys(load.cache)) if (file.startsWith(folder)) delete load.cache[file];
            return load(path.join(folder, stack)) as unknown;
        },
        { project: project.name, config: project.config ?? {}, stacks, timeoutMs: 60_000 },
    );
}

const names = (made: Evaluation, kind: string): string[] =>
    made
        .kubernetesObjects()
        .filter((one) => one.kind === kind)
        .map(({ metadata }) => `${metadata.namespace ?? ""}/${metadata.name}`)
        .sort();

function find<T>(made: Evaluation, kind: string, name: string): T {
    const found = made.kubernetesObjects().find((one) => one.kind === kind && one.metadata.name === name);
    assert.ok(found, `${kind} ${name}`);
    return found as unknown as T;
}

function assertSound(made: Evaluation, beside: readonly Evaluation[] = []): void {
    const violations = checkResources(made.resources, { beside: beside.flatMap(({ resources }) => resources), complete: true });
    assert.deepEqual(
        violations.map(({ policy, message }) => `${policy}: ${message}`),
        [],
    );
    const judged = made.kubernetesObjects().map((object) => ({ object }));
    const referred = beside.flatMap((one) => one.kubernetesObjects()).map((object) => ({ object, context: true }));
    assert.deepEqual(analyze([...referred, ...judged], { now: Date.now() }).map(findingText), []);
    assert.deepEqual(secretsInClear(made), []);
    const open = made
        .kubernetesObjects()
        .filter(({ kind }) => kind === "Namespace")
        .filter(({ metadata }) => metadata.labels?.["pod-security.kubernetes.io/enforce"] !== "restricted");
    assert.deepEqual(
        open.map(({ metadata }) => metadata.name),
        [],
    );
}

interface GatewayObject extends KubeObject {
    readonly spec: { readonly servers: { readonly port: object; readonly hosts: string[]; readonly tls?: Record<string, unknown> }[] };
}
interface ServiceObject extends KubeObject {
    readonly spec: {
        readonly type: string;
        readonly ports: { readonly name: string; readonly port: number; readonly nodePort?: number }[];
    };
}

describe("the stacks", function () {
    this.timeout(600_000);

    it("quickstart: two hosts with a certificate each, and plain HTTP redirected", async () => {
        const made = await run("quickstart");
        assertSound(made);
        assert.deepEqual(names(made, "Gateway"), ["istio-ingress/catalog", "istio-ingress/webapp"]);
        assert.equal(names(made, "Secret").length, 2);
        for (const name of ["catalog", "webapp"]) {
            const [secure, plain] = find<GatewayObject>(made, "Gateway", name).spec.servers;
            assert.match(String(secure?.tls?.["credentialName"]), new RegExp(`^${name}-tls-`));
            assert.deepEqual(plain?.tls, { httpsRedirect: true });
        }
        assert.deepEqual(made.outputs["urls"], {
            webapp: ["https://webapp.istioinaction.io/"],
            catalog: ["https://catalog.istioinaction.io/"],
        });
        assert.match(String(made.outputs["caPem"]), /^-----BEGIN CERTIFICATE-----/);
    });

    it("platform and apps: one gateway, its routes in another stack", async () => {
        const platform = await run("platform");
        assertSound(platform);
        assert.deepEqual(names(platform, "Gateway"), ["istio-ingress/public"]);
        const apps = await run("apps", [platform]);
        assertSound(apps, [platform]);
        // The platform's certificate serves the host; only the TCP port needs a Gateway.
        assert.deepEqual(names(apps, "Gateway"), ["istio-ingress/echo"]);
        assert.deepEqual(find<{ spec: { gateways: string[] } }>(apps, "VirtualService", "webapp").spec.gateways, ["istio-ingress/public"]);
        assert.deepEqual(apps.outputs["urls"], ["https://webapp.istioinaction.io/"]);
    });

    it("tcp: an echo, and two TLS backends behind one port", async () => {
        const made = await run("tcp");
        assertSound(made);
        assert.deepEqual(
            find<ServiceObject>(made, "Service", "public").spec.ports.map(({ name, port }) => [name, port]),
            [
                ["tcp-echo", 31400],
                ["tls-sni", 31401],
            ],
        );
        for (const name of ["simple-sni-1", "simple-sni-2"]) {
            const [server] = find<GatewayObject>(made, "Gateway", `${name}-route`).spec.servers;
            assert.deepEqual(server, {
                port: { number: 31401, protocol: "TLS", name: "tls-sni" },
                hosts: [`${name}.istioinaction.io`],
                tls: { mode: "PASSTHROUGH" },
            });
        }
    });

    it("egress: the outside in every mode, by a mesh and by a forward proxy, and no other way out", async () => {
        const made = await run("egress");
        assertSound(made);
        assert.deepEqual(
            names(made, "ServiceEntry"),
            ["bank", "news", "payments", "search"].map((name) => `istio-egress/${name}`),
        );
        assert.deepEqual(names(made, "NetworkPolicy"), ["istio-egress/egress", "shop/egress-only-way-out"]);
        const modeOf = (name: string): unknown =>
            find<{ spec: { trafficPolicy: { portLevelSettings?: { tls: { mode: string } }[] } } }>(made, "DestinationRule", name).spec
                .trafficPolicy.portLevelSettings?.[0]?.tls.mode;
        assert.deepEqual(["news", "payments", "bank"].map(modeOf), [undefined, "SIMPLE", "MUTUAL"]);
        assert.equal(made.outputs["proxy"], "http://egress.istio-egress.svc.cluster.local:3128");
    });

    it("ingress: Ingresses of a gateway's own class, the default one", async () => {
        const made = await run("ingress");
        assertSound(made);
        assert.deepEqual(names(made, "IngressClass"), ["/public"]);
        assert.deepEqual(names(made, "Ingress"), ["shop/pages", "shop/shop"]);
        assert.deepEqual(names(made, "Deployment").slice(0, 2), ["istio-ingress/public", "istio-ingress/public-ingress-status"]);
    });

    it("access: hosts that are open by address, with a token, behind a login and with a password", async () => {
        const made = await run("access");
        assertSound(made);
        assert.deepEqual(
            names(made, "AuthorizationPolicy"),
            ["api-jwt", "metrics-basic-auth", "office-ips", "wiki-external"].map((name) => `istio-ingress/${name}`),
        );
        assert.deepEqual(
            names(made, "ConfigMap").map((name) => name.replace(/-[0-9a-f]{8}$/, "")),
            ["metrics-mesh", "public-mesh"].map((name) => `istio-ingress/${name}`),
        );
        const { jwtRules } = find<{ spec: { jwtRules: { jwks: string }[] } }>(made, "RequestAuthentication", "api-jwt").spec;
        assert.deepEqual(Object.keys((JSON.parse(jwtRules[0]?.jwks ?? "{}") as { keys: object[] }).keys[0] ?? {}).sort(), [
            "alg",
            "crv",
            "kty",
            "use",
            "x",
            "y",
        ]);
    });

    it("files: the certificate is where the Secret is mounted", async () => {
        const made = await run("files");
        assertSound(made);
        assert.deepEqual(names(made, "Secret"), ["istio-ingress/istio-ingressgateway-certs"]);
        const { volumes } = find<{ spec: { template: { spec: { volumes: { secret?: object }[] } } } }>(made, "Deployment", "public").spec
            .template.spec;
        assert.deepEqual(
            volumes.flatMap(({ secret }) => (secret ? [secret] : [])),
            [
                { secretName: "istio-ingressgateway-certs", optional: true, defaultMode: 420 },
                { secretName: "istio-ingressgateway-ca-certs", optional: true, defaultMode: 420 },
            ],
        );
        const [secure] = find<GatewayObject>(made, "Gateway", "httpbin").spec.servers;
        assert.deepEqual(secure?.tls, {
            mode: "SIMPLE",
            serverCertificate: "/etc/istio/ingressgateway-certs/tls.crt",
            privateKey: "/etc/istio/ingressgateway-certs/tls.key",
        });
    });

    it("nodeport: every port on a port of the nodes, MySQL's as TCP", async () => {
        const made = await run("nodeport");
        assertSound(made);
        const { type, ports } = find<ServiceObject>(made, "Service", "public").spec;
        assert.equal(type, "NodePort");
        assert.deepEqual(
            ports.map(({ name, port, nodePort }) => [name, port, nodePort]),
            [
                ["http2", 80, 30000],
                ["https", 443, 30443],
                ["mysql", 3306, 30306],
            ],
        );
        assert.deepEqual(find<GatewayObject>(made, "Gateway", "mysql").spec.servers[0]?.port, {
            number: 3306,
            protocol: "TCP",
            name: "mysql",
        });
    });

    it("grpc: calls by service and method over HTTPS and in the clear, and a page that makes them by gRPC-Web", async () => {
        const made = await run("grpc");
        assertSound(made);
        assert.deepEqual(
            find<ServiceObject>(made, "Service", "public").spec.ports.map(({ name, port }) => [name, port]),
            [
                ["http", 80],
                ["https", 443],
                ["grpc-web", 8085],
                ["grpc", 50051],
            ],
        );
        const port = (number: number, protocol: string, name: string): object => ({ number, protocol, name });
        assert.deepEqual(
            find<GatewayObject>(made, "Gateway", "echo").spec.servers.map((server) => server.port),
            [port(443, "HTTPS", "https"), port(80, "HTTP", "http"), port(50051, "GRPC", "grpc")],
        );
        assert.deepEqual(
            find<GatewayObject>(made, "Gateway", "echo-web").spec.servers.map((server) => server.port),
            [port(8085, "GRPC-WEB", "grpc-web")],
        );
        const { spec } = find<{ spec: { http: { match?: { uri: object }[] }[] } }>(made, "VirtualService", "echo-web");
        assert.deepEqual(
            spec.http.map(({ match }) => match?.map(({ uri }) => uri)),
            [[{ exact: "/echo.v1.Echo/Say" }], [{ prefix: "/echo.v1.Echo/" }], [{ exact: "/grpc.health.v1.Health/Check" }], undefined],
        );
        assert.deepEqual(made.outputs["urls"], {
            grpc: ["https://grpc.istioinaction.io/"],
            page: ["http://grpc-web.istioinaction.io:8085/", "http://grpc-web.localhost:8085/"],
        });
    });
});
