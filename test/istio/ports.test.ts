import assert from "node:assert/strict";
import {
    GATEWAY_PROTOCOLS,
    isHttp2Family,
    isHttpFamily,
    isTcpFamily,
    isTlsFamily,
    parseProtocol,
    protocolOfPortName,
    protocolOfServicePort,
} from "../../istio";

describe("port rules", () => {
    it("reads a protocol from the word before the first hyphen of a port's name", () => {
        for (const [name, protocol] of [
            ["http", "HTTP"],
            ["http-web", "HTTP"],
            ["HTTP2-x", "HTTP2"],
            ["grpc-web", "GRPC-WEB"],
            ["grpc-web-x", "GRPC-WEB"],
            ["grpc-webby", "GRPC"],
            ["tcp-echo", "TCP"],
            ["tls", "TLS"],
            ["mysql", "MYSQL"],
            ["web", undefined],
            ["httpx", undefined],
            ["", undefined],
            ["web-http", undefined],
        ] as const) {
            assert.equal(protocolOfPortName(name), protocol, name);
        }
    });

    it("prefers appProtocol, with Kubernetes' own names, and UDP over both", () => {
        assert.equal(protocolOfServicePort({ name: "http", appProtocol: "kubernetes.io/h2c" }), "HTTP2");
        assert.equal(protocolOfServicePort({ name: "tcp", appProtocol: "http" }), "HTTP");
        assert.equal(protocolOfServicePort({ name: "tcp", appProtocol: "kubernetes.io/ws" }), "HTTP");
        assert.equal(protocolOfServicePort({ name: "http", appProtocol: "example.com/own" }), undefined);
        assert.equal(protocolOfServicePort({ name: "http", protocol: "UDP" }), "UDP");
        assert.equal(protocolOfServicePort({ name: "grpc" }), "GRPC");
        assert.equal(protocolOfServicePort({}), undefined);
    });

    it("puts each protocol of a Gateway into one family", () => {
        for (const protocol of GATEWAY_PROTOCOLS) {
            const families = [isHttpFamily, isTcpFamily, isTlsFamily].filter((is) => is(protocol));
            assert.equal(families.length, 1, protocol);
        }
        assert.deepEqual(GATEWAY_PROTOCOLS.filter(isHttp2Family), ["HTTP2", "GRPC", "GRPC-WEB"]);
    });

    it("reads a protocol in any case and no other word", () => {
        assert.equal(parseProtocol("Https"), "HTTPS");
        assert.equal(parseProtocol("smtp"), undefined);
        assert.equal(parseProtocol("constructor"), undefined);
    });
});
