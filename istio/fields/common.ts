/** Parts that several kinds share. */
import type { Destination, GatewayPort, ServerTLSSettings, StringMatch } from "../types";
import { count, flag, list, map, object, required, text, whole, words, type ListField, type MapField, type ObjectField } from "./field";

export const stringMatch = (doc: string): ObjectField =>
    object<StringMatch>(
        doc,
        {
            exact: text("the whole value"),
            prefix: text("the beginning of the value"),
            regex: text("an RE2 expression that matches the whole value"),
        },
        { atMostOne: [["exact", "prefix", "regex"]] },
    );

export const portSelector = (doc: string, most = 65535): ObjectField =>
    object<NonNullable<Destination["port"]>>(
        doc,
        {
            number: whole("the port's number", 0, most),
        },
        { gone: { name: "Write the port's `number`; ports are no longer chosen by name." } },
    );

export const destination = (doc: string): ObjectField =>
    object<Destination>(
        doc,
        {
            host: required(text("a Service, by its full name, or a ServiceEntry's host")),
            subset: text("a subset of the host's DestinationRule"),
            port: portSelector("the port, where the Service has several"),
        },
        { gone: { name: "Write `host`: the Service's full name, as in `name.namespace.svc.cluster.local`." } },
    );

export const exportTo = (): ListField =>
    list("namespaces that see the object: `*` all, `.` its own, or names", text("a namespace, `*` or `.`"));

/** Labels that select pods. */
export const labels = (doc: string): MapField => map(doc, text("a label's value"));

export const podSelector = (doc: string, field: "labels" | "matchLabels", most: number): ObjectField =>
    object(doc, {
        [field]: map("the labels a pod must have", text("a label's value", { maxLength: 63 }), most),
    });

const PROTOCOL_VERSIONS = ["TLS_AUTO", "TLSV1_0", "TLSV1_1", "TLSV1_2", "TLSV1_3"];
const OUTSIDE_MESH = "the bundled proxy is outside the mesh and has no workload certificate";

export const serverTls = (doc: string): ObjectField =>
    object<ServerTLSSettings>(
        doc,
        {
            httpsRedirect: flag("answer every request of a plain HTTP server with a redirect to https"),
            mode: words(
                "what the server does with TLS; PASSTHROUGH where nothing is said",
                ["PASSTHROUGH", "SIMPLE", "MUTUAL", "AUTO_PASSTHROUGH", "ISTIO_MUTUAL", "OPTIONAL_MUTUAL"],
                {
                    wordsNotServed: {
                        AUTO_PASSTHROUGH: "it routes by the names that mesh sidecars send, and the bundled proxy is outside the mesh",
                        ISTIO_MUTUAL: `${OUTSIDE_MESH}; use MUTUAL with a certificate, or \`dataPlane: "istio"\``,
                    },
                },
            ),
            credentialName: text("the Secret with the certificate, in the gateway pod's namespace"),
            credentialNames: list("one Secret with an RSA and one with an ECDSA certificate", text("a Secret's name", { minLength: 1 }), {
                min: 1,
                max: 2,
            }),
            serverCertificate: text("the certificate's file in the gateway's pod"),
            privateKey: text("the private key's file in the gateway's pod"),
            caCertificates: text("the file of the authorities that sign client certificates"),
            tlsCertificates: list(
                "certificates by file, an RSA and an ECDSA one",
                object<NonNullable<ServerTLSSettings["tlsCertificates"]>[number]>("a certificate by file", {
                    serverCertificate: text("the certificate's file"),
                    privateKey: text("the private key's file"),
                    caCertificates: text("the file of the authorities that sign client certificates"),
                }),
                { min: 1, max: 2 },
            ),
            caCertCredentialName: text("the Secret or ConfigMap with the authorities, instead of `<credentialName>-cacert`"),
            caCrl: text("the file of revoked client certificates"),
            subjectAltNames: list("names a client certificate must have one of", text("a subject alternative name")),
            verifyCertificateSpki: list("base64 SHA-256 hashes of client keys", text("a hash")),
            verifyCertificateHash: list("hex SHA-256 hashes of client certificates", text("a hash")),
            minProtocolVersion: words("the lowest TLS version; 1.2 where nothing is said", PROTOCOL_VERSIONS),
            maxProtocolVersion: words("the highest TLS version", PROTOCOL_VERSIONS),
            cipherSuites: list("cipher suites of TLS 1.2 and below, in OpenSSL's names", text("a cipher suite")),
            insecureSkipVerify: flag("let client certificates in that do not verify"),
        },
        {
            atMostOne: [
                ["credentialName", "credentialNames"],
                ["credentialNames", "tlsCertificates"],
                ["credentialName", "tlsCertificates"],
            ],
        },
    );

/** A port of a Gateway's server or a Sidecar's listener. */
export const namedPort = (doc: string, needed: boolean): ObjectField => {
    const need = needed ? required : <F>(field: F): F => field;
    return object<GatewayPort>(doc, {
        number: need(whole("the port's number", 0, 65535)),
        protocol: need(text("HTTP, HTTPS, HTTP2, GRPC, GRPC-WEB, TLS, TCP, MONGO, REDIS or MYSQL")),
        name: need(text("a name that is unique among the ports")),
        targetPort: whole("has no meaning here", 0, 65535),
    });
};

export const percent = (doc: string): ObjectField =>
    object(doc, { value: { type: "number", doc: "0 to 100", whole: false, min: 0, max: 100 } });

export const tcpKeepalive = (): ObjectField =>
    object("TCP keep-alive probes to the backend", {
        probes: whole("unanswered probes before the connection counts as dead"),
        time: text("idle time before the first probe", { format: "span" }),
        interval: text("time between probes", { format: "span" }),
    });

export const connectionPool = (doc: string): ObjectField =>
    object(doc, {
        tcp: object("limits of connections", {
            maxConnections: count("connections to a host at a time"),
            connectTimeout: text("how long connecting may take", { format: "span" }),
            tcpKeepalive: tcpKeepalive(),
            maxConnectionDuration: text("how long a connection may live", { format: "span" }),
            idleTimeout: text("how long a connection may be idle; 0s means for ever", { format: "idle" }),
        }),
        http: object("limits of requests", {
            http1MaxPendingRequests: count("requests that wait for a connection"),
            http2MaxRequests: count("requests at a time, of whatever version"),
            maxRequestsPerConnection: count("requests of a connection before it is closed; 0 means no limit"),
            maxRetries: count("retries at a time"),
            idleTimeout: text("how long a connection without requests stays open", { format: "span" }),
            h2UpgradePolicy: words("whether HTTP/2 is spoken to a backend whose port does not say so", [
                "DEFAULT",
                "DO_NOT_UPGRADE",
                "UPGRADE",
            ]),
            useClientProtocol: flag("speak to the backend what the client speaks"),
            maxConcurrentStreams: count("HTTP/2 streams of a connection"),
            http2KeepAlive: object("HTTP/2 pings to the backend", {
                interval: text("time between pings", { format: "span" }),
                timeout: text("how long an answer may take", { format: "span" }),
            }),
        }),
    });
