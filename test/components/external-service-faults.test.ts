/** What an ExternalService refuses before anything is made, each by the argument that says it. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import * as gatehouse from "pulumi-gatehouse";
import { judgeExternalService } from "../../components/external-service/judge";
import type { ExternalServiceData } from "../../components/external-service/plan";
import { refusal } from "./support/evaluation";
import { WRONG_HEALTH_CHECKS } from "./support/health-checks";
import { egressRef } from "./support/refs";

type Loose = Readonly<Record<string, unknown>>;

const via = egressRef();
const proxying = egressRef({ forwardProxy: { gateway: "out/egress-forward-proxy", port: 9000 } });
const istio = egressRef({ dataPlane: "istio" });

function told(args: Loose): string {
    const data = { hosts: ["api.example.com"], ports: { http: 80 }, via, ...args } as unknown as ExternalServiceData;
    return judgeExternalService("out", data)
        .faults.map(({ path, message, fix }) => `${path}: ${message} ${fix}`.trim())
        .join("\n");
}

const straight = { via: undefined, namespace: "shop" };
const https = { ports: { https: 443 } };

/** [what, arguments, what is said] */
const REFUSED: readonly (readonly [string, Loose, RegExp])[] = [
    ["every host there is", { hosts: ["*"] }, /hosts\[0\]: `\*` would take the traffic for every host there is/],
    ["a whole top-level domain", { hosts: ["*.com"] }, /hosts\[0\]: \*\.com would take the traffic for every host below \.com/],
    [
        "the gateway itself",
        { hosts: ["egress.out.svc.cluster.local"] },
        /hosts\[0\]: egress\.out\.svc\.cluster\.local is the gateway out\/egress itself, .*would go round/,
    ],
    ["the gateway itself by a shorter name", { hosts: ["egress.out"] }, /hosts\[0\]: egress\.out is the gateway out\/egress itself/],
    ["the gateway itself below a wildcard", { hosts: ["*.svc.cluster.local"] }, /hosts\[0\]: .* is the gateway out\/egress itself/],
    [
        "the gateway itself as an endpoint",
        { endpoints: [{ address: "egress.out.svc.cluster.local" }] },
        /endpoints\[0\]\.address: .* is the gateway out\/egress itself/,
    ],
    ["the gateway's own loopback", { endpoints: [{ address: "127.0.0.1" }] }, /endpoints\[0\]\.address: 127\.0\.0\.1 is the gateway/],
    ["the gateway's own loopback in IPv6", { endpoints: [{ address: "::1" }] }, /endpoints\[0\]\.address: ::1 is the gateway/],
    [
        "limits without a gateway that counts",
        { ...straight, rateLimit: [{ requests: 1, per: "1s" }] },
        /rateLimit: without via no gateway counts requests\. Give via/,
    ],
    ["limits of requests that nobody sees", { ...https, maxConcurrentRequests: 5 }, /maxConcurrentRequests: no port speaks plain HTTP/],
    ["limits that Istio has no words for", { via: istio, maxConcurrentRequests: 5 }, /maxConcurrentRequests: Istio has no words for it/],
    ["a limit that is none", { rateLimit: [{ requests: 0, per: "1s" }] }, /rateLimit\[0\]\.requests: got 0/],
    [
        "a limit of routes",
        { rateLimit: [{ requests: 1, per: "1s", routes: ["a"] }] },
        /rateLimit\[0\]\.routes: an external service has no routes/,
    ],
    ["TLS where it is passed through", { mode: "passthrough", tls: {} }, /tls: with mode passthrough no TLS begins here/],
    ["two modes at once", { mode: "originate", tls: { mode: "MUTUAL" } }, /tls\.mode: MUTUAL is another mode than originate/],
    ["two modes the other way round", { mode: "mutual", tls: { mode: "SIMPLE" } }, /tls\.mode: SIMPLE is another mode than mutual/],
    ["TLS to begin where it has begun", { ...https, mode: "originate" }, /mode: no port speaks plain HTTP, and what is TLS already/],
    [
        "nothing to show",
        { mode: "mutual" },
        /tls: nothing says which certificate is shown\. Give tls\.credentialName, a Secret in namespace out/,
    ],
    ["a certificate without its key", { mode: "mutual", tls: { clientCertificate: "/c" } }, /tls: nothing says which certificate/],
    [
        "a Secret of another namespace",
        { mode: "mutual", tls: { credentialName: "shop/client" } },
        /tls\.credentialName: .*Give its name alone; it is looked up in the gateway's namespace/,
    ],
    [
        "a Secret where no gateway reads it",
        { ...straight, mode: "mutual", tls: { credentialName: "client" } },
        /tls\.credentialName: without via it is the applications' own proxies that begin TLS, and they read no Secret/,
    ],
    ["one name for many hosts", { hosts: ["*.example.com"], tls: { sni: "a.example.com" } }, /tls\.sni: a wildcard stands for many hosts/],
    ["NONE at a gateway", { resolution: "NONE" }, /resolution: NONE goes to the address that a connection was meant for/],
    ["STATIC without addresses", { resolution: "STATIC" }, /resolution: STATIC wants addresses\. Give endpoints/],
    [
        "endpoints that nobody asks for",
        { hosts: ["*.example.com"], resolution: "DYNAMIC_DNS", endpoints: [{ address: "192.0.2.1" }] },
        /endpoints: with resolution DYNAMIC_DNS there are none/,
    ],
    [
        "two names where one is looked up",
        { resolution: "DNS_ROUND_ROBIN", endpoints: [{ address: "a.example" }, { address: "b.example" }] },
        /endpoints: DNS_ROUND_ROBIN looks one name up/,
    ],
    ["a wildcard to look up", { hosts: ["*.example.com"], resolution: "DNS" }, /resolution: a wildcard is no name that DNS could look up/],
    ["a wildcard that nobody could look up", { ...straight, hosts: ["*.example.com"] }, /hosts\[0\]: \*\.example\.com has no address/],
    ["a timeout inside TLS", { ...https, timeout: "5s" }, /timeout: no port speaks plain HTTP/],
    ["retries inside TCP", { ports: { tcp: 9000 }, retries: { attempts: 1 } }, /retries: no port speaks plain HTTP/],
    ["a timeout that is none", { timeout: "5" }, /timeout: "5" is no duration longer than none, as 10s is/],
    ["a try without time", { retries: { attempts: 1, perTryTimeout: "0s" } }, /retries\.perTryTimeout: "0s" is no duration/],
    ["sources that no gateway sees", { ...straight, allowFrom: [{ namespaces: ["shop"] }] }, /allowFrom: without via no gateway sees/],
    ["sources that let nobody through", { allowFrom: [] }, /allowFrom: an empty list lets nobody through/],
    ["a source that is everybody", { allowFrom: [{}] }, /allowFrom\[0\]: it says nothing: everybody would be let through/],
    ["a source of no namespace", { allowFrom: [{ namespaces: [] }] }, /allowFrom\[0\]\.namespaces: an empty list/],
    [
        "a namespace that there is not",
        { allowFrom: [{ namespaces: ["Shop_1"] }] },
        /allowFrom\[0\]\.namespaces\[0\]: "Shop_1" is not a name/,
    ],
    ["a label that no pod has", { allowFrom: [{ labels: { app: "a b" } }] }, /allowFrom\[0\]\.labels\.app: "a b" is on no pod/],
    [
        "sources at Istio's proxy",
        { via: istio, allowFrom: [{ namespaces: ["shop"] }] },
        /allowFrom: Istio's gateway knows a caller by the mesh's certificate, and not by its address: .*AuthorizationPolicy/,
    ],
    [
        "inner addresses at Istio's proxy",
        { via: istio, innerAddresses: ["10.0.0.0/8"] },
        /innerAddresses: Istio's proxy makes no difference/,
    ],
    [
        "health checks of Istio's proxy",
        { via: istio, healthCheck: { tcp: {} } },
        /healthCheck: Istio has no words for active health checks/,
    ],
    ["inner addresses that are none", { innerAddresses: ["10.0.0.0/33"] }, /innerAddresses\[0\]: "10\.0\.0\.0\/33" is not a CIDR/],
    ["a health check that no gateway makes", { ...straight, healthCheck: { tcp: {} } }, /healthCheck: without via there is no gateway/],
    ["a health check that says nothing", { healthCheck: {} }, /healthCheck: nothing says how an endpoint is asked/],
    ["two ways of asking", { healthCheck: { tcp: {}, grpc: {} } }, /healthCheck: tcp and grpc are two ways of asking/],
    ["no path to ask for", { healthCheck: { http: { path: "healthz" } } }, /healthCheck\.http\.path: "healthz" is not a path/],
    [
        "a status that there is not",
        { healthCheck: { http: { path: "/", expectedStatuses: ["200", "600", "300-200"] } } },
        /expectedStatuses\[1\]: "600" .*\n.*expectedStatuses\[2\]: "300-200"/,
    ],
    ["an interval that is none", { healthCheck: { tcp: {}, interval: "often" } }, /healthCheck\.interval: "often" is no duration/],
    ["the port of the forward proxy", { via: proxying, ports: { tcp: 9000 } }, /ports\.tcp: 9000 is the port of the forward proxy/],
];

describe("an external service", () => {
    for (const [what, args, expected] of REFUSED)
        it(`refuses ${what}`, () => {
            assert.match(told(args), expected);
        });

    it("tells once what is wrong with a health check, and by its argument", async () => {
        for (const healthCheck of WRONG_HEALTH_CHECKS)
            assert.match(
                await refusal(() => service("a", { healthCheck })),
                /One argument is wrong\.\n {2}healthCheck/,
                JSON.stringify(healthCheck),
            );
        // What the annotation alone is asked for is told all the same.
        assert.match(await refusal(() => service("a", { healthCheck: { tcp: {}, port: 70_000 } })), /port: got 70000, wanted 1 to 65535/);
    });

    it("takes what is right, in every mode", () => {
        const client = { clientCertificate: "/c", privateKey: "/k" };
        for (const args of [
            {},
            { mode: "passthrough" },
            { mode: "originate" },
            { mode: "mutual", tls: { credentialName: "client" } },
            { mode: "mutual", tls: client },
            { ...straight, mode: "originate", timeout: "5s", retries: { attempts: 2 } },
            { ...straight, mode: "mutual", tls: client },
            { ...straight, hosts: ["*.example.com"], resolution: "NONE" },
            { ...straight, hosts: ["*.example.com"], resolution: "DYNAMIC_DNS" },
            { hosts: ["*.example.com", "*.internal"], ports: { http: 80, https: 443 } },
            { ports: { http: 80, https: 443, tcp: 9000 }, mode: "originate", allowFrom: [{ labels: { app: "web" } }] },
            { endpoints: [{ address: "192.0.2.1" }], healthCheck: { http: { path: "/", expectedStatuses: ["200-299"] } } },
            { via: istio, mode: "originate", timeout: "5s" },
        ])
            assert.equal(told(args), "", JSON.stringify(args));
    });
});

const service = (name: string, args: Loose): void =>
    void new gatehouse.ExternalService(name, { hosts: [`${name}.example.com`], ports: { http: 80 }, via, ...args } as never);

/** [what, program, what is said] */
const TAKEN_TWICE: Readonly<Record<string, readonly [() => void, RegExp]>> = {
    "one host": [
        () => {
            service("a", { hosts: ["API.example.com"] });
            service("b", { hosts: ["api.example.com"] });
        },
        /hosts\[0\]: ExternalService "a" and ExternalService "b" both take the external host api\.example\.com\./,
    ],
    "one wildcard": [
        () => {
            service("a", { hosts: ["*.example.com"] });
            service("b", { hosts: ["*.example.com"], ...straight, resolution: "NONE" });
        },
        /both take the external host \*\.example\.com\./,
    ],
    "one address": [
        () => {
            service("a", { addresses: ["192.0.2.7"], ports: { tcp: 9000 }, ...straight });
            service("b", { addresses: ["192.0.2.7"], ports: { "tcp-db": 9000 }, ...straight });
        },
        /addresses\[0\]: .* both take the address 192\.0\.2\.7 with the port 9000\./,
    ],
    "one port of the gateway for plain TCP": [
        () => {
            service("a", { ports: { tcp: 9000 } });
            service("b", { ports: { tcp: 9000 } });
        },
        /ports\.tcp: .* both take the port 9000 of the gateway out\/egress for plain TCP, which names no host\./,
    ],
    "one port of the gateway for HTTP and for TLS": [
        () => {
            service("a", { ports: { http: 80 } });
            service("b", { ports: { tls: 80 } });
        },
        /ports\.tls: .* differ in what they speak on port 80 of the gateway out\/egress\./,
    ],
};

describe("hosts that cover one another", () => {
    it("are refused in one external service where a VirtualService leads them, which takes none such", async () => {
        const hosts = ["*.example.com", "a.example.com"];
        assert.match(
            await refusal(() => service("a", { hosts })),
            /hosts\[1\]: the host `a\.example\.com` is covered by `\*\.example\.com`/,
        );
    });
});

describe("external services of one program", () => {
    for (const [what, [program, expected]] of Object.entries(TAKEN_TWICE))
        it(`cannot both have ${what}`, async () => {
            assert.match(await refusal(program), expected);
        });
});
