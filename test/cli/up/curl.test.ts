/** The line that tries what is served. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { describe, it } from "mocha";
import { commandLine, shellWord } from "../../../cli/up/curl";
import type { Trial } from "../../../cli/up/trial";
import { trial } from "./trials";

describe("a line to paste", () => {
    const line = (over: Partial<Trial>, options: Partial<Parameters<typeof commandLine>[1]> = {}): string =>
        commandLine(trial({ host: "a.example.com", ...over }), {
            address: "127.0.0.1",
            caFile: "/s/ca.pem",
            behindProxy: false,
            ...options,
        });

    it("needs no DNS and no trust store", () => {
        assert.equal(line({}), "curl --resolve a.example.com:8080:127.0.0.1 http://a.example.com:8080/");
        assert.equal(
            line({ protocol: "https", port: 8443 }),
            "curl --resolve a.example.com:8443:127.0.0.1 --cacert /s/ca.pem https://a.example.com:8443/",
        );
        assert.equal(line({ host: "127.0.0.1" }), "curl http://127.0.0.1:8080/");
        assert.equal(line({ host: "127.0.0.1", presents: true }), "curl --haproxy-protocol http://127.0.0.1:8080/");
        assert.equal(
            line({ protocol: "https", port: 8443 }, { caFile: "" }),
            "curl --resolve a.example.com:8443:127.0.0.1 https://a.example.com:8443/",
        );
    });

    it("carries method, headers and what a shell must not read", () => {
        assert.equal(
            line({
                shape: { method: "POST", path: "/a?b=1&c=2", headers: { "x-who": "it's me" } },
                expect: { kind: "status", status: 301 },
            }),
            "curl -i -X POST --resolve a.example.com:8080:127.0.0.1 -H 'x-who: it'\\''s me' 'http://a.example.com:8080/a?b=1&c=2'",
        );
        assert.equal(
            line({ shape: { method: "HEAD", path: "/", headers: {} } }, { behindProxy: true }),
            "curl --noproxy '*' -I --resolve a.example.com:8080:127.0.0.1 http://a.example.com:8080/",
        );
    });

    it("calls gRPC with an empty message, and shows the trailers", () => {
        const shape = { method: "POST", path: "/a.B/C", headers: { "content-type": "application/grpc", te: "trailers" } };
        const message = String.raw`printf '\0\0\0\0\0'`;
        const headers = "-H 'content-type: application/grpc' -H 'te: trailers'";
        assert.equal(
            line({ call: "grpc", shape }),
            `${message} | curl --http2-prior-knowledge -s -D - -o /dev/null --data-binary @- --resolve a.example.com:8080:127.0.0.1 ${headers} http://a.example.com:8080/a.B/C`,
        );
        assert.equal(
            line({ call: "grpc", shape, protocol: "https", port: 8443 }),
            `${message} | curl --http2 -s -D - -o /dev/null --data-binary @- --resolve a.example.com:8443:127.0.0.1 --cacert /s/ca.pem ${headers} https://a.example.com:8443/a.B/C`,
        );
        assert.match(line({ call: "grpc-web", shape }), /^printf '\\0\\0\\0\\0\\0' \| curl -s -i -o - --data-binary @- --resolve /);
    });

    it("is nc for TCP and openssl for TLS that carries no HTTP", () => {
        assert.equal(line({ protocol: "tcp", host: "127.0.0.1", port: 39400 }), "nc 127.0.0.1 39400");
        assert.equal(
            line({ protocol: "tls", port: 39500 }),
            "openssl s_client -quiet -connect 127.0.0.1:39500 -servername a.example.com -CAfile /s/ca.pem",
        );
    });

    it("quotes so that a shell gives the word back", () => {
        for (const word of ["plain", "a b", "it's", "$(id)", "`x`", "", "a\nb", "*", "\\", '"q"']) {
            assert.equal(execFileSync("sh", ["-c", `printf %s ${shellWord(word)}`], { encoding: "utf8" }), word);
        }
    });
});
