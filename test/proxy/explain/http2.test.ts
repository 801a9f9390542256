/** `explain` of requests over HTTP/2 and of calls of gRPC: what either side speaks, and why. */
import assert from "node:assert/strict";
import { before, describe, it } from "mocha";
import type { KubeObject } from "../../../istio";
import { compile } from "../../../proxy/compiler";
import { explain, parseQuestion, type Explanation, type QuestionOptions } from "../../../proxy/explain";
import { makeAuthority } from "../../support/certificates";

const object = (apiVersion: string, kind: string, name: string, rest: object): KubeObject =>
    ({ apiVersion, kind, metadata: { name, namespace: "ns" }, ...rest }) as unknown as KubeObject;
const networking = (kind: string, name: string, spec: object): KubeObject => object("networking.istio.io/v1", kind, name, { spec });
const backend = (name: string, port: object): KubeObject[] => [
    object("v1", "Service", name, { spec: { selector: { app: name }, ports: [{ name: "web", port: 80, ...port }] } }),
    object("discovery.k8s.io/v1", "EndpointSlice", `${name}-1`, {
        metadata: { name: `${name}-1`, namespace: "ns", labels: { "kubernetes.io/service-name": name } },
        addressType: "IPv4",
        endpoints: [{ addresses: ["10.0.0.1"], conditions: { ready: true } }],
        ports: [{ name: "web", port: 8080, ...port }],
    }),
];
const to = (host: string, prefix: string): object => ({
    match: [{ uri: { prefix } }],
    route: [{ destination: { host: `${host}.ns.svc.cluster.local`, port: { number: 80 } } }],
});
const rule = (host: string, http: object): KubeObject =>
    networking("DestinationRule", host, { host: `${host}.ns.svc.cluster.local`, trafficPolicy: { connectionPool: { http } } });

describe("explain of HTTP/2", () => {
    let secrets: readonly KubeObject[];
    before(async () => {
        const ca = await makeAuthority();
        const made = async (name: string): Promise<KubeObject> => {
            const { cert, key } = await ca.issue({ dns: [`${name}.test`] });
            const data = { "tls.crt": Buffer.from(cert).toString("base64"), "tls.key": Buffer.from(key).toString("base64") };
            return object("v1", "Secret", `${name}-tls`, { type: "kubernetes.io/tls", data });
        };
        secrets = await Promise.all([made("web"), made("other")]);
    });
    const asked = (url: string, options: QuestionOptions = {}): Explanation => {
        const objects = [
            ...secrets,
            networking("Gateway", "web", {
                selector: {},
                servers: [
                    { port: { number: 80, name: "http", protocol: "HTTP" }, hosts: ["web.test"] },
                    {
                        port: { number: 443, name: "https", protocol: "HTTPS" },
                        hosts: ["web.test"],
                        tls: { mode: "SIMPLE", credentialName: "web-tls" },
                    },
                    {
                        port: { number: 443, name: "https-other", protocol: "HTTPS" },
                        hosts: ["other.test"],
                        tls: { mode: "SIMPLE", credentialName: "other-tls" },
                    },
                ],
            }),
            networking("VirtualService", "web", {
                hosts: ["web.test", "other.test"],
                gateways: ["web"],
                http: [
                    { ...to("port", "/port/late"), timeout: "2s" },
                    to("nobody", "/nobody"),
                    to("port", "/port"),
                    to("rule", "/rule"),
                    to("client", "/client"),
                    to("plain", "/plain"),
                ],
            }),
            ...backend("port", { appProtocol: "grpc" }),
            ...backend("rule", {}),
            ...backend("client", {}),
            ...backend("plain", {}),
            rule("rule", { h2UpgradePolicy: "UPGRADE" }),
            rule("client", { useClientProtocol: true }),
        ];
        const { tables } = compile({ objects: objects.map((one) => ({ object: one })), namespace: "ns", now: Date.now() });
        return explain(parseQuestion(url, options), tables);
    };
    const told = ({ steps }: Explanation, wanted: string): string[] => steps.filter(({ step }) => step === wanted).map(({ text }) => text);

    it("says by what the client's connection comes to speak it", () => {
        const secure = asked("https://web.test/plain", { http2: true });
        assert.deepEqual(told(secure, "protocol"), ["HTTP/2, agreed on in the handshake as h2 of h2, http/1.1"]);
        assert.deepEqual([secure.protocol, secure.action, secure.certificate?.names], ["HTTP/2", "forward", ["web.test"]]);
        assert.deepEqual(told(asked("http://web.test/plain", { http2: true }), "protocol"), [
            "HTTP/2, which the client begins with on the port of HTTP/1.1",
        ]);
        const old = asked("https://web.test/plain");
        assert.deepEqual([old.protocol, told(old, "protocol")], ["HTTP/1.1", []]);
        assert.equal(asked("http://web.test:81/plain", { http2: true }).protocol, null);
    });

    it("says what the backend is spoken to in, and whose word that is", () => {
        const spoken = (path: string, options: QuestionOptions = {}): unknown => {
            const explanation = asked(`http://web.test/${path}`, options);
            const [text = ""] = told(explanation, "destination");
            return [explanation.destination?.protocol, text.replace(/^.*:8080/, "")];
        };
        assert.deepEqual(spoken("port"), ["HTTP/2", ", in HTTP/2, as its port says"]);
        assert.deepEqual(spoken("rule"), ["HTTP/2", ", in HTTP/2, as h2UpgradePolicy of a DestinationRule says"]);
        assert.deepEqual(spoken("client"), ["HTTP/1.1", ", in HTTP/1.1, as the client does: useClientProtocol of a DestinationRule"]);
        assert.deepEqual(spoken("client", { http2: true }), [
            "HTTP/2",
            ", in HTTP/2, as the client does: useClientProtocol of a DestinationRule",
        ]);
        assert.deepEqual(spoken("plain", { http2: true }), ["HTTP/1.1", ""]);
    });

    it("says that calls of gRPC are lost on a backend of HTTP/1.1", () => {
        const lost = /gRPC goes over HTTP\/2, and its trailers are lost here/;
        assert.match(told(asked("https://web.test/plain/a.B/C", { grpc: true }), "destination").join("\n"), lost);
        for (const path of ["port", "rule", "client"])
            assert.doesNotMatch(told(asked(`https://web.test/${path}/a.B/C`, { grpc: true }), "destination").join("\n"), lost);
        assert.doesNotMatch(told(asked("https://web.test/plain", { http2: true }), "destination").join("\n"), lost);
    });

    it("says which status of gRPC a call is answered that nothing takes", () => {
        const nowhere = asked("https://web.test/other.v1.Other/Say", { grpc: true });
        assert.deepEqual([nowhere.action, nowhere.status, nowhere.grpcStatus], ["reply", 200, 12]);
        assert.match(told(nowhere, "action").join(), /^the gateway answers 200 with gRPC status 12 \(route_not_found\)$/);
        const page = asked("https://web.test/other", { http2: true });
        assert.deepEqual([page.status, page.grpcStatus], [404, null]);
    });

    it("says until when a call may take, and of what it is told where nobody is", () => {
        const late = (...headers: string[]): string =>
            told(asked("https://web.test/port/late", { grpc: true, headers }), "action")
                .join()
                .replace(/, at most.*/, "");
        assert.equal(late("grpc-timeout: 5S"), "forwarded, deadline 2000 ms, where the call says 5S and the rule 2000 ms");
        assert.equal(late("grpc-timeout: 500m"), "forwarded, deadline 500 ms, where the call says 500m and the rule 2000 ms");
        assert.equal(late(), "forwarded, timeout 2000 ms");
        const nobody = asked("https://web.test/nobody", { grpc: true });
        assert.deepEqual([nobody.action, nobody.status, nobody.grpcStatus], ["forward", 200, 14]);
        assert.equal(asked("https://web.test/nobody", { http2: true }).status, 503);
    });

    it("reads the request by the rules of HTTP/2", () => {
        const reset = asked("http://web.test/plain", { http2: true, headers: ["connection: close"] });
        assert.deepEqual([reset.action, reset.status], ["reply", null]);
        assert.match(told(reset, "request").join(), /^the stream is reset: field that concerns one connection/);
        assert.equal(asked("http://web.test/plain", { headers: ["connection: close"] }).action, "forward");
        assert.match(told(asked("http://web.test/plain", { http2: true, method: "TRACE" }), "request").join(), /^the gateway answers 405/);
        assert.equal(asked("http://web.test/plain", { http2: true, method: "PUT" }).action, "forward");
    });

    it("tells the client of another server to come by a connection of its own", () => {
        const other = asked("https://web.test/plain", { http2: true, headers: ["host: other.test"], serverName: "web.test" });
        assert.deepEqual([other.action, other.status], ["reply", 421]);
        assert.match(told(other, "host").join("\n"), /the client is told to make one for this host/);
    });
});

describe("a question about HTTP/2", () => {
    it("is one with what every client of gRPC sends, where it is a call", () => {
        const { method, http2, headers } = parseQuestion("https://a.test/b.C/D", { grpc: true });
        assert.deepEqual([method, http2, headers], ["POST", true, ["content-type", "application/grpc", "te", "trailers"]]);
        const own = parseQuestion("https://a.test/b.C/D", { grpc: true, method: "PUT", headers: ["Content-Type: application/grpc+json"] });
        assert.deepEqual([own.method, own.headers], ["PUT", ["content-type", "application/grpc+json", "te", "trailers"]]);
        assert.ok(!("http2" in parseQuestion("https://a.test/")));
    });

    it("is asked of ports that speak HTTP", () => {
        assert.throws(() => parseQuestion("tcp://a.test:1", { http2: true }), /HTTP\/2 is asked for by http and https URLs, not by tcp/);
    });
});
