import type { ClientTLSSettings, DestinationRule, Subset } from "../types";
import { connectionPool, exportTo, labels, podSelector, portSelector } from "./common";
import {
    decimal,
    flag,
    list,
    map,
    notServed,
    object,
    outdated,
    required,
    span,
    text,
    whole,
    words,
    type Field,
    type ObjectField,
} from "./field";

const tls = object<ClientTLSSettings>("TLS to the backend", {
    mode: words("what is done", ["DISABLE", "SIMPLE", "MUTUAL", "ISTIO_MUTUAL"], {
        wordsNotServed: { ISTIO_MUTUAL: "the bundled proxy is outside the mesh and has no workload certificate" },
    }),
    clientCertificate: text("the client certificate's file"),
    privateKey: text("the private key's file"),
    caCertificates: text("the file of the authorities that sign the backend's certificate; the system's where nothing is said"),
    credentialName: text("the Secret with them, in the gateway pod's namespace"),
    subjectAltNames: list("names the backend's certificate must have one of", text("a subject alternative name")),
    sni: text("the server name to ask for"),
    insecureSkipVerify: flag("accept a certificate that does not verify"),
    caCrl: text("the file of certificates that their authorities have revoked"),
});

const failover = (): Field =>
    list("where to go when a locality has no healthy endpoint", object("a step", { from: text("a region"), to: text("a region") }));
const priority = (): Field => list("labels, the most telling first", text("a label, or a label with its value"));

const localityLbSetting = object("balancing by locality", {
    distribute: list(
        "shares of localities",
        object("a locality's traffic", {
            from: text("where it comes from"),
            to: map("where it goes, in percent", whole("a share")),
        }),
    ),
    failover: failover(),
    failoverPriority: priority(),
    enabled: flag("whether it is done"),
});
const zoneAwareLbSetting = object("balancing within a zone", {
    enabled: flag("whether it is done"),
    minClusterSize: whole("endpoints there must be", 1),
    failover: failover(),
    failoverPriority: priority(),
});

const consistentHash = object(
    "one backend for one client",
    {
        httpHeaderName: text("hash of a header"),
        httpCookie: object("hash of a cookie, made where it is absent", {
            name: required(text("its name", { minLength: 1 })),
            path: text("its path"),
            ttl: text("how long it lives; 0s is for the session", { format: "duration" }),
            attributes: list("further attributes", object("an attribute", { name: required(text("its name")), value: text("its value") })),
        }),
        useSourceIp: flag("hash of the client's address"),
        httpQueryParameterName: text("hash of a query parameter"),
        ringHash: object("a ring", { minimumRingSize: whole("its least size", 0, Number.MAX_SAFE_INTEGER) }),
        maglev: object("a Maglev table", { tableSize: whole("its size, a prime", 0, Number.MAX_SAFE_INTEGER) }),
        minimumRingSize: outdated("Write `ringHash.minimumRingSize`.", whole("the ring's least size", 0, Number.MAX_SAFE_INTEGER)),
    },
    {
        atMostOne: [
            ["httpHeaderName", "httpCookie", "useSourceIp", "httpQueryParameterName"],
            ["ringHash", "maglev"],
        ],
    },
);

const loadBalancer = object(
    "how an endpoint is chosen",
    {
        simple: words(
            "LEAST_REQUEST where nothing is said",
            ["UNSPECIFIED", "LEAST_CONN", "RANDOM", "PASSTHROUGH", "ROUND_ROBIN", "LEAST_REQUEST"],
            {
                wordsOutdated: { LEAST_CONN: "LEAST_REQUEST" },
                wordsNotServed: {
                    PASSTHROUGH: "a gateway does not know the address its client meant to reach; only in mesh mode it is served",
                },
            },
        ),
        consistentHash,
        localityLbSetting,
        zoneAwareLbSetting,
        warmup: object("a slow start for new endpoints", {
            duration: required(span("how long")),
            minimumPercent: decimal("the share to begin with", 0, 100),
            aggression: decimal("how the share grows", 0, Number.MAX_VALUE),
        }),
        warmupDurationSecs: outdated("Write `warmup.duration`.", text("how long", { format: "fineSpan" })),
    },
    { atMostOne: [["simple", "consistentHash"]] },
);

const outlierDetection = object("taking failing endpoints out", {
    splitExternalLocalOriginErrors: flag("count failures to connect apart"),
    consecutiveLocalOriginFailures: whole("failures to connect"),
    consecutiveGatewayErrors: whole("answers 502, 503 and 504 in a row"),
    consecutive5xxErrors: whole("answers 5xx in a row"),
    consecutiveErrors: notServed(
        "Istio does not heed it any more either; where `consecutive5xxErrors` is not said, it is 5",
        outdated(
            "Write `consecutive5xxErrors` or `consecutiveGatewayErrors`.",
            whole("answers 5xx in a row", -2_147_483_648, 2_147_483_647),
        ),
    ),
    interval: span("time between checks"),
    baseEjectionTime: span("how long an endpoint is out, the first time"),
    maxEjectionPercent: whole("how many may be out; one may always be, where another is well", 0, 100),
    minHealthPercent: whole("below so many that are well, all are asked", 0, 100),
    outlierDetectionHttpErrorCodes: list("statuses that count as errors", whole("a status", 100, 599)),
});

const portPolicy: Readonly<Record<string, Field>> = {
    loadBalancer,
    connectionPool: connectionPool("limits"),
    outlierDetection,
    tls,
};

export const trafficPolicy = (doc: string): ObjectField =>
    object(doc, {
        ...portPolicy,
        portLevelSettings: list(
            "settings of single ports; they replace the others whole",
            object("a port's settings", {
                port: portSelector("the port", 4_294_967_295),
                ...portPolicy,
            }),
            { max: 4096 },
        ),
        tunnel: object("a tunnel to the backend, of TCP and TLS routes", {
            protocol: text("CONNECT, as where nothing is said, or POST"),
            targetHost: required(text("the host at its end")),
            targetPort: required(whole("the port at its end")),
        }),
        proxyProtocol: object("a PROXY header to the backend", { version: words("its version; V1 where nothing is said", ["V1", "V2"]) }),
        retryBudget: object("how many requests may be retries", {
            percent: decimal("the share; 20 where nothing is said", 0, 100),
            minRetryConcurrency: whole("retries that are always allowed; 3 where nothing is said"),
            budgetInterval: text("the time the share is taken over", { format: "duration" }),
        }),
    });

/** networking.istio.io DestinationRule: how a backend is spoken to. */
export const destinationRuleFields = object<DestinationRule>(
    "how a backend is spoken to",
    {
        host: required(text("the Service or ServiceEntry host")),
        trafficPolicy: trafficPolicy("for all of it"),
        subsets: list(
            "named parts of it",
            object<Subset>("a part", {
                name: required(text("its name")),
                labels: labels("labels of its endpoints"),
                trafficPolicy: trafficPolicy("for this part, over the rule's own"),
            }),
        ),
        exportTo: exportTo(),
        workloadSelector: podSelector("pods the rule is for", "matchLabels", 4096),
    },
    { gone: { name: "Write `host`: the Service's full name, as in `name.namespace.svc.cluster.local`." } },
);
