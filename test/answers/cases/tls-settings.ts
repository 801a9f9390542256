/** Versions and cipher suites of TLS: which clients a server's settings let in. */
import { ask, GATEWAY_SELECTOR, istioObject, secret, type Ask, type Case, type Topic } from "../support/case";

const HOST = "a.shop.test";
const client = (options: Ask["tls"]): Ask =>
    ask(HOST, "GET /", [], { port: "https", tls: { servername: HOST, ...options }, anyReason: true });
const only = (version: "TLSv1" | "TLSv1.1"): Ask => client({ minVersion: version, maxVersion: version, ciphers: "DEFAULT:@SECLEVEL=0" });
const VERSIONS: Readonly<Record<string, Ask>> = {
    "1.0": only("TLSv1"),
    "1.1": only("TLSv1.1"),
    "1.2": client({ maxVersion: "TLSv1.2" }),
    "1.3": client({ minVersion: "TLSv1.3" }),
};
const SUITES = [
    "ECDHE-ECDSA-AES128-GCM-SHA256",
    "ECDHE-RSA-AES128-GCM-SHA256",
    "ECDHE-ECDSA-AES256-GCM-SHA384",
    "ECDHE-ECDSA-CHACHA20-POLY1305",
    "ECDHE-ECDSA-AES128-SHA",
    "AES128-GCM-SHA256",
    "AES256-SHA",
];
const OFFERED = Object.fromEntries(SUITES.map((suite) => [suite, client({ maxVersion: "TLSv1.2", ciphers: `${suite}:@SECLEVEL=0` })]));

function server(title: string, tls: object, asks: Readonly<Record<string, Ask>>): Case {
    return {
        title,
        make: ({ ports, certificate: { cert, key } }) => ({
            objects: [
                secret("shop", { "tls.crt": cert, "tls.key": key }),
                istioObject("Gateway", "gw", {
                    selector: GATEWAY_SELECTOR,
                    servers: [
                        {
                            port: { number: ports.https, name: "https", protocol: "HTTPS" },
                            hosts: [HOST],
                            tls: { mode: "SIMPLE", credentialName: "shop", ...tls },
                        },
                    ],
                }),
                istioObject("VirtualService", "vs", { hosts: [HOST], gateways: ["gw"], http: [{ directResponse: { status: 200 } }] }),
            ],
            asks,
        }),
    };
}

export const tlsSettings: Topic = {
    name: "tls-settings",
    cases: [
        server("versions where nothing is said", {}, VERSIONS),
        server("from 1.0 without suites", { minProtocolVersion: "TLSV1_0" }, VERSIONS),
        server("from 1.0 with suites", { minProtocolVersion: "TLSV1_0", cipherSuites: ["ECDHE-ECDSA-AES128-SHA"] }, VERSIONS),
        server("from 1.3", { minProtocolVersion: "TLSV1_3" }, VERSIONS),
        server("to 1.2", { maxProtocolVersion: "TLSV1_2" }, VERSIONS),
        server("suites where nothing is said", {}, OFFERED),
        server("one suite", { cipherSuites: ["ECDHE-ECDSA-AES256-GCM-SHA384"] }, OFFERED),
        server("suites of equal preference", { cipherSuites: ["[ECDHE-ECDSA-AES128-GCM-SHA256|ECDHE-ECDSA-CHACHA20-POLY1305]"] }, OFFERED),
        server("suites that are none", { cipherSuites: ["NONE", "", "TLS_AES_128_GCM_SHA256"] }, OFFERED),
        server(
            "suites in small letters, and twice",
            { cipherSuites: ["FOO", "ECDHE-ECDSA-AES128-SHA", "ECDHE-ECDSA-AES128-SHA", "ecdhe-ecdsa-aes256-gcm-sha384"] },
            OFFERED,
        ),
    ],
};
