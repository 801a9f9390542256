/** What an admin server reads of a proxy with many hosts, each with its certificate, route, Service and endpoint. */
import type { AdminView } from "../../proxy/admin";
import type { FilterChainEntry, SecretEntry, VirtualHostEntry } from "../../proxy/tables";
import type { TestCertificate } from "./certificates";
import { listenerEntry, ORIGIN } from "./front";
import { clusterTo, tablesOf } from "./proxy-rig";

const LISTENER = "0.0.0.0:443";

export function manyHosts(count: number, { cert, key }: TestCertificate): Pick<AdminView, "tables" | "inspect" | "stats"> {
    const numbers = Array.from({ length: count }, (_none, n) => n);
    const cluster = (n: number): string => `outbound|80||s${n}.many.svc.cluster.local`;
    const tables = tablesOf({
        listeners: [{ ...listenerEntry("tls", LISTENER), port: 443 }],
        chains: numbers.map((n): FilterChainEntry => chain(n)),
        routeTables: numbers.map((n) => ({ key: `https.443.${n}`, port: 443, origin: ORIGIN })),
        virtualHosts: numbers.map((n) => host(n, cluster(n))),
        secrets: numbers.map(
            (n): SecretEntry => ({
                key: `kubernetes://edge/tls-${n}`,
                certificate: cert,
                privateKey: key,
                ca: "",
                fingerprint: String(n),
                origin: ORIGIN,
            }),
        ),
        clusters: numbers.flatMap((n) => clusterTo(cluster(n), 80).clusters),
        endpoints: numbers.flatMap((n) => clusterTo(cluster(n), 80).endpoints),
    });
    const endpoints = numbers.map((n) => ({
        cluster: cluster(n),
        address: "10.0.0.1:80",
        weight: 1,
        priority: 0,
        locality: "",
        ejected: false,
        failing: false,
        active: 0,
        connections: 0,
    }));
    return {
        tables,
        inspect: async () => new Map([[1, { version: 7, endpoints, unresolved: [], contexts: [] }]]),
        stats: async () => ({ total: figures(count), workers: new Map() }),
    };
}

function chain(n: number): FilterChainEntry {
    return {
        key: `chain-${n}`,
        listener: LISTENER,
        serverNames: [`h${n}.example.com`],
        tls: {
            mode: "SIMPLE",
            secrets: [`kubernetes://edge/tls-${n}`],
            minVersion: "TLSv1.2",
            maxVersion: "TLSv1.3",
            cipherSuites: [],
            alpn: [],
            subjectAltNames: [],
            insecureSkipVerify: false,
        },
        target: { kind: "http", routeTable: `https.443.${n}` },
        origin: { ...ORIGIN, name: `gateway-${n}` },
    };
}

function host(n: number, cluster: string): VirtualHostEntry {
    return {
        key: `https.443.${n} h${n}.example.com`,
        routeTable: `https.443.${n}`,
        domain: `h${n}.example.com`,
        httpsRedirect: false,
        origin: { ...ORIGIN, name: `host-${n}` },
        routes: [
            {
                name: "default",
                action: {
                    kind: "forward",
                    clusters: [{ cluster, weight: 1 }],
                    timeoutMs: 0,
                    retry: { attempts: 0, on: [], statusCodes: [], perTryTimeoutMs: 0, backoffMs: 25 },
                    mirrors: [],
                },
                origin: { ...ORIGIN, name: `host-${n}`, field: "spec.http[0]" },
            },
        ],
    };
}

function figures(count: number): Awaited<ReturnType<AdminView["stats"]>>["total"] {
    const route = (n: number): string => `${ORIGIN.kind} ${ORIGIN.namespace}/host-${n} spec.http[0]`;
    return [
        {
            name: "gatehouse_route_requests_total",
            kind: "counter",
            labels: ["route", "code"],
            bounds: [],
            series: Array.from({ length: count }, (_none, n) => [[route(n), "200"], [n]] as const),
        },
        {
            name: "gatehouse_route_duration_seconds",
            kind: "histogram",
            labels: ["route"],
            bounds: [0.005, 0.01, 0.1],
            series: Array.from({ length: count }, (_none, n) => [[route(n)], [n, 0, 0, 0, n / 1000]] as const),
        },
    ];
}
