/** What would happen to one request, and why: plain data, as `-o json` writes it. */
import type { PassName } from "../exchange";
import type { Origin } from "../tables";
import type { AccessAnswer } from "./access/answer";

/** In the order in which the proxy goes. */
export interface Step {
    readonly step:
        | PassName
        | "listener"
        | "server-name"
        | "certificate"
        | "protocol"
        | "request"
        | "client"
        | "policy"
        | "headers"
        | "destination"
        | "destination-rule"
        | "error-page";
    readonly text: string;
    /** Of a route: whether its conditions hold. */
    readonly matched?: boolean;
    readonly origin?: Origin;
}

export interface DestinationAnswer {
    /** As Istio writes it: `outbound|80|v1|web.shop.svc.cluster.local`. */
    readonly cluster: string;
    readonly host: string;
    readonly port: number;
    readonly subset: string;
    /** What the backend is spoken to in: `HTTP/1.1`, `HTTP/2`, `TCP`; empty where there is no such cluster. */
    readonly protocol: string;
    /** Of the requests, in percent. */
    readonly percent: number;
    /** `10.0.0.1:8080`; of DNS clusters the names. */
    readonly endpoints: readonly string[];
    readonly origin?: Origin;
}

export interface CertificateAnswer {
    /** `kubernetes://ns/name` or `file:///path`. */
    readonly secret: string;
    readonly subject: string;
    readonly names: readonly string[];
    /** ISO 8601. */
    readonly notAfter: string;
    readonly origin: Origin;
}

export type Outcome = "forward" | "redirect" | "direct" | "reply" | "tcp" | "passthrough" | "refuse";

export interface Explanation {
    readonly listener: {
        readonly key: string;
        readonly port: number;
        readonly targetPort: number;
        readonly protocol: string;
        readonly origin: Origin;
    } | null;
    readonly certificate: CertificateAnswer | null;
    /** What the client's connection speaks; null where it is no connection of HTTP. */
    readonly protocol: "HTTP/1.1" | "HTTP/2" | null;
    readonly virtualHost: { readonly domain: string; readonly routeTable: string; readonly origin: Origin } | null;
    readonly route: { readonly name: string; readonly origin: Origin } | null;
    readonly action: Outcome;
    /** Where it goes; of several the one that most requests go to. */
    readonly destination: DestinationAnswer | null;
    /** All of them, in the order of the rule. */
    readonly destinations: readonly DestinationAnswer[];
    /** What the gateway itself answers; null where the backend does, and where there is no HTTP answer. */
    readonly status: number | null;
    /** What that tells a client of gRPC; null where it is told nothing. */
    readonly grpcStatus: number | null;
    /** Of a redirect. */
    readonly location: string | null;
    /** Who may pass; null: nobody is asked. */
    readonly access: AccessAnswer | null;
    readonly steps: readonly Step[];
}
