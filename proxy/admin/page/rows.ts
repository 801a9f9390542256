/** What the page is told: rows of its lists, in words, so that it has to know no table. Imports nothing: a browser's program reads it too. */

/** A part of a list, and where it stands in the whole. */
export interface Part<Row> {
    /** Of the tables. */
    readonly version: number;
    /** How many there are that the search finds. */
    readonly total: number;
    readonly from: number;
    readonly rows: readonly Row[];
}

/** One server of a Gateway. */
export interface GatewayRow {
    /** `Gateway shop/public`. */
    readonly object: string;
    readonly field: string;
    readonly port: number;
    /** What is open here, which differs behind a Service and on a laptop. */
    readonly openPort: number;
    readonly protocol: string;
    /** Of many the first. */
    readonly names: readonly string[];
    readonly more: number;
    /** Why it lets nobody in; empty: it does. */
    readonly refusal: string;
}

export interface HostCertificate {
    readonly secret: string;
    /** Null: it can't be read. */
    readonly daysLeft: number | null;
}

export interface HostRow {
    readonly key: string;
    readonly host: string;
    readonly ports: readonly number[];
    readonly tls: boolean;
    readonly gateways: readonly string[];
    readonly certificates: readonly HostCertificate[];
    readonly routes: number;
    readonly object: string;
    readonly httpsRedirect: boolean;
    readonly refusal: string;
}

/** All since the proxy began; `counts` are of the buckets whose upper bounds (seconds) `bounds` are, and one without bound. */
export interface RouteSums {
    readonly requests: number;
    readonly clientErrors: number;
    readonly serverErrors: number;
    readonly bounds: readonly number[];
    readonly counts: readonly number[];
}

export interface RouteRow {
    readonly key: string;
    readonly host: string;
    readonly hostKey: string;
    readonly name: string;
    /** What it is for, without any value of a header or a query parameter. */
    readonly match: string;
    readonly action: string;
    readonly object: string;
    readonly field: string;
    /** Rules that were written once and hold for several hosts have the figures of all of them. */
    readonly figures: RouteSums | null;
}

export type HealthWord = "healthy" | "ejected" | "failing";

export interface EndpointRow {
    readonly service: string;
    readonly port: string;
    readonly subset: string;
    readonly address: string;
    readonly health: HealthWord;
    readonly active: number;
    readonly connections: number;
    readonly weight: number;
    readonly priority: number;
    readonly locality: string;
}

export interface CertificateRow {
    readonly secret: string;
    readonly subject: string;
    readonly names: readonly string[];
    readonly issuer: string;
    readonly serialNumber: string;
    /** ISO 8601; empty: it can't be read. */
    readonly notAfter: string;
    readonly daysLeft: number | null;
    readonly object: string;
}

export interface FindingRow {
    readonly level: string;
    readonly code: string;
    readonly object: string;
    readonly field: string;
    readonly message: string;
    readonly fix: string;
}

/** What a policy did to requests and connections since the proxy began. */
export interface PolicyRow {
    /** `shop/deny-all`; `none`: there are policies that allow, and none of them did. */
    readonly policy: string;
    readonly effect: string;
    readonly count: number;
}

export interface Overview {
    readonly version: number;
    readonly standing: "ready" | "draining" | "not in sync";
    readonly counts: Readonly<Record<"gateways" | "hosts" | "routes" | "services" | "endpoints" | "certificates", number>>;
    readonly workers: readonly { readonly number: number; readonly version: number; readonly inSync: boolean; readonly restarts: number }[];
    readonly findings: Readonly<Record<"Error" | "Warning" | "Info", number>>;
    /** All since the proxy began. */
    readonly requests: number;
    readonly clientErrors: number;
    readonly serverErrors: number;
    readonly active: number;
    readonly connections: number;
    readonly refusals: readonly PolicyRow[];
    /** Those that end first. */
    readonly expiring: readonly CertificateRow[];
}

/** Who leads where, from the left to the right. */
export interface PictureNode {
    readonly id: string;
    readonly column: "gateway" | "host" | "route" | "service" | "endpoint";
    readonly title: string;
    readonly detail: string;
    readonly state: "good" | "bad" | "plain";
}

export interface Picture {
    readonly version: number;
    readonly host: string;
    readonly nodes: readonly PictureNode[];
    readonly edges: readonly { readonly from: string; readonly to: string; readonly label: string }[];
}
