/**
 * A case: objects, and requests to the gateway that they make. It is played on istiod with Envoy, whose answers are
 * recorded beside the cases (`records/<topic>.json`), and on our proxy, which must give the same or say why not.
 *
 * To add a topic: a file in `cases/` that exports a `Topic`, one line in `cases/index.ts`, then
 * `UPDATE=1 ONLY=<topic> npx mocha test/conformance/answers/envoy.test.ts` writes its record (the real tools are wanted),
 * and `ONLY=<topic> npx mocha test/answers/answers.test.ts` plays it here.
 */
import type { ConnectionOptions } from "node:tls";
import type { KubeObject } from "../../../istio";
import type { TestAuthority, TestCertificate } from "../../support/certificates";

export interface Topic {
    /** Names the record's file. */
    readonly name: string;
    readonly cases: readonly Case[];
    /** Played with HTTP/2 too: `clients` ask what can be asked so, `backends` are the two of the setting (`http2/variants.ts`). */
    readonly http2?: readonly Variant[];
}

export type Variant = "clients" | "backends";

export interface Case {
    /** Unique in its topic. */
    readonly title: string;
    /** Of the gateway's pod, where they matter. Default: those of `GATEWAY_SELECTOR`. */
    readonly labels?: Readonly<Record<string, string>>;
    /** Where the gateway's pod is, `region/zone/subzone`. One that has it needs labels of its own. */
    readonly locality?: string;
    /**
     * An application, beside whose gateway its own outbound proxy runs (Istio: a sidecar of interception mode NONE; here: `--mode mesh`).
     * It listens where Sidecars say so (`captureMode: NONE`), and for an HTTP proxy's clients where the mesh's configuration does (`meshed`).
     */
    readonly sidecar?: Workload;
    /** Called once a play, on either side. */
    readonly make: (setting: Setting) => Play | Promise<Play>;
    /** By a request's title: what we answer instead, and why that is better. `ours` replaces the fields it names. */
    readonly differences?: Differences;
    /** The same of what is played with HTTP/2, in the place of `differences`. */
    readonly http2?: Readonly<Partial<Record<Variant, Differences>>>;
}

/** `ours` may be made of what was recorded. */
export type Differences = Readonly<
    Record<string, { readonly ours: Partial<Answer> | ((recorded: Answer) => Partial<Answer>); readonly why: string }>
>;

export interface Play {
    /** Every namespace is made. The ConfigMap `istio` is the mesh's configuration. What the API server refuses is left out on both sides and stands in the record. */
    readonly objects: readonly KubeObject[];
    readonly asks: Readonly<Record<string, Ask>>;
    /** The case's own, whose requests stand beside those of the backends. */
    readonly servers?: readonly { take(): Received[] }[];
    /** Ends what the case started by itself. */
    readonly stop?: () => Promise<void>;
}

export interface Workload {
    readonly namespace: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly locality?: string;
}

/** What a case may build on. Ports are free ones and others in every play; answers name them `<http>`, `<https>`, …. */
export interface Setting {
    /** For the servers of Gateways; those of the gateway select `{ istio: "ingressgateway" }`. */
    readonly ports: Readonly<Record<PortName, number>>;
    /**
     * `one.backends.test` and `two.backends.test`, hosts of ServiceEntries that are always there, port 80 of each: an HTTP backend that keeps what it got and answers
     * 200 with its own name, or what the request's `x-reply` says (`reply()`); see `backend.ts`.
     */
    readonly backends: readonly [string, string];
    /** Where the two listen on loopback, for entries of the case's own. */
    readonly backendPorts: readonly [number, number];
    /** The host of one that is there too, and speaks HTTP/2 without TLS (`http2/backend.ts`). */
    readonly http2: "http2.backends.test";
    /** Signs what the case needs; its certificate is trusted by nobody of itself. */
    readonly authority: TestAuthority;
    /** Of `authority`: for `*.shop.test` and `shop.test`. */
    readonly certificate: TestCertificate;
    /** A free port for a backend of the case's own; name it in answers by `label`. */
    readonly port: (label: string) => Promise<number>;
}

export type PortName = "http" | "https" | "tcp" | "tls" | "other" | "proxy";

/** What is sent to the gateway on a connection of its own. */
export interface Ask {
    /** Default `http`. */
    readonly port?: PortName;
    /** Handshake first. Nothing is verified unless the options say so. */
    readonly tls?: ConnectionOptions;
    /** Our side's address, one of 127/8. */
    readonly from?: string;
    /** Text is sent as UTF-8; a regular expression waits until what was received (as latin1) fits. */
    readonly sends: readonly (string | Buffer | RegExp)[];
    /** Whether our side ends the connection after the last send. Default: it waits for the gateway to end, which a request with `connection: close` makes it do. */
    readonly end?: boolean;
    /** With `end`: by a reset. */
    readonly resets?: true;
    /** With `end`: what happens before. */
    readonly endsAfter?: () => Promise<unknown>;
    /** Not compared is why something fails: a connection without an answer is `closed`, and a 5xx has no body. */
    readonly anyReason?: boolean;
    /** Asked so often, one after the other; the answer says how many backends and which statuses there were (`spread`). */
    readonly times?: number;
    /** One request each, of which the answer says as well how many have moved since they were asked last (`spread`). */
    readonly keys?: readonly Ask[];
    /** A backend is lost: how many of the others' keys move is chance, but not whether that is a few or most. */
    readonly isLoss?: true;
    /** What happens first. */
    readonly before?: () => Promise<void>;
    /** Waited is until backends hear nothing new; what they got is told in the order of their names. */
    readonly copies?: true;
    /** How long is waited for the end, over HTTP/1.1 from the answer's first byte on. Default 5000. */
    readonly waitMs?: number;
    /** What the gateway writes of it is a part of the answer (`log-file.ts`). */
    readonly log?: AccessLog;
    /**
     * The connection speaks HTTP/2: preface and settings go first, `sends` are frames of stream 1 (`http2/frames.ts`), and an
     * expression waits for lines of what came: `headers 200`, `data hello`, `settings 3=100`.
     */
    readonly http2?: Http2Options;
}

export interface AccessLog {
    /** Of what was sent in each span of milliseconds since the epoch; waits for a line of each. */
    take(spans: readonly (readonly [from: number, to: number])[]): Promise<readonly (readonly string[])[]>;
}

export interface Http2Options {
    /** Which request the answer is read as one to. Default GET. */
    readonly method?: string;
    /** By number, RFC 9113 §6.5.2. */
    readonly settings?: Readonly<Record<number, number>>;
    /** Nothing is sent of itself. */
    readonly bare?: boolean;
    /** After the last send: what happens before stream 1 is reset with CANCEL. Default: it is not. */
    readonly resetsAfter?: () => Promise<unknown>;
    /** The connection is ended where a PING behind the last send stays unanswered. */
    readonly impatient?: boolean;
}

/** What came back, without what differs from run to run or is only a name (`date`, `server`, `x-envoy-*`, …). */
export interface Answer {
    /** 0: none. */
    readonly status: number;
    /** Of a connection without an HTTP answer: `refused`, `closed`, a TLS error's code, or `open` where nothing came in time. */
    readonly ended?: string;
    /** Statuses of 1xx that came before, in order, without 101. */
    readonly informational?: readonly number[];
    /** Lower-case name → values, joined by a line feed where a name stands in several lines. */
    readonly headers?: Readonly<Record<string, string>>;
    /** Of an answer that is not a backend's. */
    readonly body?: string;
    readonly trailers?: Readonly<Record<string, string>>;
    /** Everything that was received, where it is no HTTP answer. */
    readonly text?: string;
    /** Of what was asked several times: how many backends answered, and all statuses, sorted. Not which, and not what they got. */
    readonly spread?: Spread;
    /** What backends got, in order. */
    readonly backend?: readonly Received[];
    /** What the gateway's access log has of it. */
    readonly log?: readonly string[];
}

export interface Spread {
    readonly backends: number;
    readonly statuses: readonly number[];
    /** Of keys: those that another backend answered than before, whose own one still answers others. */
    readonly moved?: number | "few" | "most";
}

/** A request as a backend got it. Header names as they came; values read as UTF-8. */
export interface Received {
    readonly at: string;
    readonly request: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body?: string;
    readonly trailers?: Readonly<Record<string, string>>;
    /** It is not known to be whole. In no record. */
    readonly partial?: true;
}

/** `METHOD target` with `connection: close`. Header lines are sent as they are. */
export function ask(
    host: string,
    request: string,
    headers: readonly string[] = [],
    more: Partial<Ask> & { readonly body?: string } = {},
): Ask {
    const { body = "", ...rest } = more;
    const length = body === "" ? [] : [`content-length: ${Buffer.byteLength(body)}`];
    return {
        sends: [[`${request} HTTP/1.1`, `host: ${host}`, "connection: close", ...length, ...headers, "", body].join("\r\n")],
        ...rest,
    };
}

/** A header line that makes the backend answer with these bytes, and nothing else. Text is UTF-8. Of an HTTP/2 backend: frames of stream 1. */
export function reply(bytes: string | Buffer): string {
    return `x-reply: ${Buffer.from(bytes as string).toString("base64url")}`;
}

export const GATEWAY_SELECTOR = { istio: "ingressgateway" };
export const GATEWAY: Workload = { namespace: "istio-system", labels: GATEWAY_SELECTOR };

/** The gateway's pod as a case wants it. */
export function gatewayOf({ labels = GATEWAY.labels, locality }: Case): Workload {
    return { ...GATEWAY, labels, ...(locality === undefined ? {} : { locality }) };
}

/** A plain server of a Gateway. */
export function httpServer(port: number, hosts: readonly string[], more: object = {}): object {
    return { port: { number: port, name: "http", protocol: "HTTP" }, hosts, ...more };
}

/** A rule that answers 200 with this body. */
export function answering(body: string, more: object = {}): object {
    return { directResponse: { status: 200, body: { string: body } }, ...more };
}

/** `GET /` of each host, by its name. */
export function askEach(hosts: readonly string[]): Record<string, Ask> {
    return Object.fromEntries(hosts.map((host) => [host, ask(host, "GET /")]));
}

/** A Gateway of one plain server for `hosts` and a VirtualService of them with these rules. Default port `http`. */
export function httpGateway(setting: Setting, hosts: readonly string[], http: readonly object[], port: PortName = "http"): KubeObject[] {
    return [
        istioObject("Gateway", "gw", { selector: GATEWAY_SELECTOR, servers: [httpServer(setting.ports[port], hosts)] }),
        istioObject("VirtualService", "vs", { hosts, gateways: ["gw"], http }),
    ];
}

/**
 * By their titles, the rules of one VirtualService each on a host of its own (`h0.test`, `h1.test`, …), so that one that is
 * not in force costs the others nothing. Each host gets every request, which is called `<title>: <request>`.
 */
export function eachAlone(
    setting: Setting,
    rules: Readonly<Record<string, readonly object[]>>,
    requests: (host: string) => Readonly<Record<string, Ask>>,
    prefix = "h",
): Play {
    const all = Object.entries(rules).map(([title, http], at) => ({ title, http, name: `${prefix}${at}`, host: `${prefix}${at}.test` }));
    return {
        objects: [
            istioObject("Gateway", "gw", { selector: GATEWAY_SELECTOR, servers: [httpServer(setting.ports.http, ["*"])] }),
            ...all.map(({ http, name, host }) => istioObject("VirtualService", name, { hosts: [host], gateways: ["gw"], http })),
        ],
        asks: Object.fromEntries(
            all.flatMap(({ title, host }) => Object.entries(requests(host)).map(([request, asked]) => [`${title}: ${request}`, asked])),
        ),
    };
}

/** In the gateway's namespace unless another is said. */
export function istioObject(
    kind: string,
    name: string,
    spec: object,
    options: { readonly namespace?: string; readonly apiVersion?: string; readonly annotations?: Readonly<Record<string, string>> } = {},
): KubeObject {
    const { namespace = "istio-system", apiVersion = "networking.istio.io/v1", annotations } = options;
    return { apiVersion, kind, metadata: { name, namespace, ...(annotations ? { annotations } : {}) }, spec } as unknown as KubeObject;
}

/** A title as an object's name. */
export function nameOf(title: string): string {
    return title.toLowerCase().replace(/[^a-z0-9]+/g, "-");
}

/** A Secret in the gateway's namespace; values are text. */
export function secret(name: string, data: Readonly<Record<string, string | Buffer>>): KubeObject {
    const coded = Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value as string).toString("base64")]));
    return {
        apiVersion: "v1",
        kind: "Secret",
        metadata: { name, namespace: "istio-system" },
        type: "Opaque",
        data: coded,
    } as unknown as KubeObject;
}

/** A route to one of the backends. */
export function to(host: string, more: object = {}): object {
    return { route: [{ destination: { host, port: { number: 80 } } }], ...more };
}
