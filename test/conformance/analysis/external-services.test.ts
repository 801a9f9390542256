/**
 * What istioctl analyze says of what ExternalServices make, in every mode and beside everything they name: nothing but that
 * the authorities of the system are not written down, which is what is meant.
 */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import * as gatehouse from "pulumi-gatehouse";
import { evaluate } from "pulumi-gatehouse/testing";
import type { KubeObject } from "../../../istio";
import type { Credentials } from "../../istio/analysis/record";
import { besideIstioctl, istioctl } from "./istioctl";

/** What the analysis looks at. */
const LOOKED_AT = ["Namespace", "Service", "Gateway", "VirtualService", "DestinationRule", "ServiceEntry", "Sidecar"];
const FIXED = [{ address: "192.0.2.7" }];
const SECRET = { credentialName: "outside" };
const FILES = { clientCertificate: "/etc/certs/tls.crt", privateKey: "/etc/certs/tls.key", caCertificates: "/etc/certs/ca.crt" };

function program(dataPlane: "gatehouse" | "istio"): () => void {
    return () => {
        const own = dataPlane === "gatehouse";
        const egress = new gatehouse.EgressGateway("egress", {
            namespace: "out",
            ports: { tcp: 9000 },
            applyTo: ["shop"],
            ...(own ? { dataPlane, image: "registry.example/gatehouse:1", forwardProxy: true, enforce: true } : { dataPlane }),
        });
        const http = { http: 80 };
        const tls = { https: 443 };
        const ways = { via: { via: egress }, straight: { namespace: "shop" } } as const;
        for (const [way, where] of Object.entries(ways)) {
            const make = (name: string, args: object, domain = `${name}-${way}.example.com`): void =>
                void new gatehouse.ExternalService(`${name}-${way}`, { hosts: [domain], ...where, ...args } as never);
            make("plain", { ports: { ...http, ...tls } });
            make("originate", {
                ports: http,
                mode: "originate",
                ...(way === "via" ? { tls: SECRET } : { tls: { caCertificates: FILES.caCertificates } }),
            });
            make("system", { ports: http, mode: "originate" });
            make("mutual", { ports: http, mode: "mutual", tls: way === "via" ? SECRET : FILES });
            make("files", { ports: http, mode: "mutual", tls: FILES });
            make("both", { ports: { ...http, ...tls }, mode: "originate" });
            make("fixed", { ports: { ...http, ...tls }, endpoints: FIXED });
            make("named", { ports: tls, endpoints: [{ address: "other.example.com" }] });
            make("turns", { ports: tls, resolution: "DNS_ROUND_ROBIN" });
            make("retries", { ports: http, timeout: "5s", retries: { attempts: 3, perTryTimeout: "1s" } });
            make("many", { ports: { ...http, ...tls }, hosts: [`one-${way}.example.org`, `two-${way}.example.org`] });
            if (way === "via" || own)
                make("wild", { ports: tls, ...(way === "via" ? {} : { resolution: "DYNAMIC_DNS" }) }, `*.wild-${way}.example.com`);
            make("wildfixed", { ports: { ...http, ...tls }, endpoints: FIXED }, `*.fixed-${way}.example.com`);
            make("private", { ports: http, exportTo: ["out", "shop"] });
        }
        new gatehouse.ExternalService("tcp", { hosts: ["db.example.net"], ports: { tcp: 9000 }, via: egress, addresses: ["203.0.113.9"] });
        new gatehouse.ExternalService("none", { hosts: ["none.example.net"], ports: tls, namespace: "shop", resolution: "NONE" });
        if (!own) return;
        const healthCheck = { http: { path: "/up" } };
        new gatehouse.ExternalService("asked", { hosts: ["asked.example.net"], ports: http, via: egress, healthCheck });
        new gatehouse.ExternalService("some", {
            hosts: ["some.example.net"],
            ports: http,
            via: egress,
            allowFrom: [{ namespaces: ["shop"], labels: { app: "api" } }],
            innerAddresses: ["10.0.0.0/8"],
        });
    };
}

const object = (kind: string, metadata: object, more: object): KubeObject => ({ apiVersion: "v1", kind, metadata, ...more }) as KubeObject;

const secretOf = ({ certificate, key }: Credentials): object => ({
    type: "Opaque",
    stringData: { "tls.crt": certificate, "tls.key": key, "ca.crt": certificate },
});

/** As the gateway's Deployment would have one made. */
function podOf(made: readonly KubeObject[]): KubeObject {
    const { template } = (
        made.find(({ kind }) => kind === "Deployment") as unknown as { spec: { template: { metadata: { labels: object }; spec: object } } }
    ).spec;
    const containers = [{ name: "istio-proxy", image: "registry.example/proxy:1" }];
    return object(
        "Pod",
        { name: "egress-0", namespace: "out", labels: template.metadata.labels },
        { spec: { containers }, status: { phase: "Running" } },
    );
}

describe("ExternalServices beside istioctl analyze", function () {
    this.timeout(900_000);
    const stage = besideIstioctl("istioctl analyze of what components make");

    for (const dataPlane of ["gatehouse", "istio"] as const)
        it(`are found no other fault with than that the system's authorities are meant, with the data plane of ${dataPlane}`, async () => {
            const { cluster, credentials } = stage;
            const made = (await evaluate(program(dataPlane), { timeoutMs: 120_000 })).kubernetesObjects();
            const objects = [
                ...["out", "shop"].map((name) => object("Namespace", { name }, {})),
                object("Secret", { name: "outside", namespace: "out" }, secretOf(credentials)),
                ...made.filter(({ kind }) => LOOKED_AT.includes(kind)),
                podOf(made),
            ];
            assert.deepEqual(await cluster.load(objects), []);
            const said = await istioctl(stage, []);
            await cluster.clear(objects);
            assert.deepEqual(
                said.map(({ code, object: of }) => `${code} ${of}`).sort(),
                ["out/both-via", "out/system-via", "shop/both-straight", "shop/system-straight"].map(
                    (name) => `IST0129 DestinationRule ${name}`,
                ),
            );
        });
});
