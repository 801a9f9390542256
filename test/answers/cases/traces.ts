/** By what headers a backend is told of a trace: with each tracer, sampled or not, and whatever a client said of one. */
import { once } from "node:events";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { meshConfig } from "../support/access";
import {
    ask,
    GATEWAY_SELECTOR,
    httpGateway,
    istioObject,
    to,
    type Answer,
    type Ask,
    type Case,
    type Differences,
    type Received,
    type Setting,
    type Topic,
} from "../support/case";

const HOST = "a.test";
const TRACE = "0af7651916cd43dd8448eb211c80319c";
const SPAN = "b7ad6b7169203331";
const OTHER_SPAN = "00f067aa0ba902b7";

/** The ids that a client sent, by name; all others are made up. */
function masked(value: string): string {
    const named = value
        .replaceAll(TRACE, "<trace>")
        .replaceAll(TRACE.slice(16), "<half>")
        .replaceAll(SPAN, "<span>")
        .replaceAll(OTHER_SPAN, "<other>");
    return named.replace(/\b[0-9a-f]{32}\b/g, "<new trace>").replace(/\b[0-9a-f]{16}\b/g, "<new>");
}

const TOLD = /^(traceparent|tracestate|b3|x-b3-.*|x-client-trace-id|x-envoy-force-trace)$/;

/** A backend that keeps nothing but what traces are told by. */
async function told(): Promise<{ readonly port: number; take(): Received[]; close(): Promise<void> }> {
    const received: Received[] = [];
    const server = http.createServer((request, response) => {
        const headers: Record<string, string> = {};
        for (let at = 0; at < request.rawHeaders.length; at += 2) {
            const name = request.rawHeaders[at]!.toLowerCase();
            if (!TOLD.test(name)) continue;
            const value = masked(request.rawHeaders[at + 1]!);
            headers[name] = headers[name] === undefined ? value : `${headers[name]}\n${value}`;
        }
        received.push({
            at: "told",
            request: `${request.method} ${request.url}`,
            headers: Object.fromEntries(Object.entries(headers).sort()),
        });
        response.end("told");
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return {
        port: (server.address() as AddressInfo).port,
        take: () => received.splice(0),
        close: async () => {
            server.closeAllConnections();
            server.close();
            await once(server, "close");
        },
    };
}

const w3c = (flags: string, trace = TRACE, span = SPAN): string => `traceparent: 00-${trace}-${span}-${flags}`;
const ASKS: Readonly<Record<string, readonly string[]>> = {
    nothing: [],
    "W3C, sampled": [w3c("01")],
    "W3C, not sampled": [w3c("00")],
    "W3C, with a state": [w3c("01"), "tracestate: a=1,b=2"],
    "W3C, with two lines of state": [w3c("01"), "tracestate: a=1", "tracestate: b=2"],
    "W3C's state alone": ["tracestate: a=1"],
    "W3C, in large letters": [w3c("01").toUpperCase().replace("TRACEPARENT", "traceparent")],
    "W3C, other flags too": [w3c("ff")],
    "W3C, of a later version": [`traceparent: 01-${TRACE}-${SPAN}-01-more`],
    "W3C, of a version that is none": [`traceparent: ff-${TRACE}-${SPAN}-01`],
    "W3C, with more behind it": [`${w3c("01")}-more`],
    "W3C, too short": [`traceparent: 00-${TRACE}-${SPAN}`],
    "W3C, no trace": [w3c("01", "0".repeat(32))],
    "W3C, no span": [w3c("01", TRACE, "0".repeat(16))],
    "W3C, no hex": [w3c("01", "g".repeat(32))],
    "W3C, empty": ["traceparent:"],
    "W3C, twice": [w3c("01"), w3c("01", TRACE, OTHER_SPAN)],
    "B3 in one, sampled": [`b3: ${TRACE}-${SPAN}-1`],
    "B3 in one, not sampled": [`b3: ${TRACE}-${SPAN}-0`],
    "B3 in one, for us to say": [`b3: ${TRACE}-${SPAN}`],
    "B3 in one, a debugger's": [`b3: ${TRACE}-${SPAN}-d`],
    "B3 in one, with a parent": [`b3: ${TRACE}-${SPAN}-1-${OTHER_SPAN}`],
    "B3 in one, only that it is not sampled": ["b3: 0"],
    "B3 in one, only that it is sampled": ["b3: 1"],
    "B3 in one, malformed": ["b3: none"],
    "B3 in several, sampled": [`x-b3-traceid: ${TRACE}`, `x-b3-spanid: ${SPAN}`, "x-b3-sampled: 1"],
    "B3 in several, with a parent": [
        `x-b3-traceid: ${TRACE}`,
        `x-b3-spanid: ${SPAN}`,
        `x-b3-parentspanid: ${OTHER_SPAN}`,
        "x-b3-sampled: 1",
    ],
    "B3 in several, not sampled": [`x-b3-traceid: ${TRACE}`, `x-b3-spanid: ${SPAN}`, "x-b3-sampled: 0"],
    "B3 in several, for us to say": [`x-b3-traceid: ${TRACE}`, `x-b3-spanid: ${SPAN}`],
    "B3 in several, of 64 bits": [`x-b3-traceid: ${TRACE.slice(16)}`, `x-b3-spanid: ${SPAN}`, "x-b3-sampled: 1"],
    "B3 in several, a debugger's": [`x-b3-traceid: ${TRACE}`, `x-b3-spanid: ${SPAN}`, "x-b3-flags: 1"],
    "B3 in several, malformed": ["x-b3-traceid: none", `x-b3-spanid: ${SPAN}`, "x-b3-sampled: 1"],
    "B3 in several, without a span": [`x-b3-traceid: ${TRACE}`],
    "both, of one trace": [w3c("01"), `b3: ${TRACE}-${OTHER_SPAN}-1`],
    "a client's own trace": ["x-client-trace-id: mine"],
    "a client that forces it": ["x-envoy-force-trace: true"],
};

interface Tracing {
    readonly provider?: object;
    readonly percent: number;
}

async function play(setting: Setting, { provider, percent }: Tracing): Promise<Awaited<ReturnType<Case["make"]>>> {
    const backend = await told();
    const entry = (host: string, protocol: string, port: number): ReturnType<typeof istioObject> =>
        istioObject("ServiceEntry", host.replace(".", "-"), {
            hosts: [host],
            ports: [{ number: 80, name: "p", protocol, targetPort: port }],
            resolution: "STATIC",
            endpoints: [{ address: "127.0.0.1" }],
        });
    const telemetry = istioObject(
        "Telemetry",
        "traces",
        { selector: { matchLabels: GATEWAY_SELECTOR }, tracing: [{ providers: [{ name: "tracer" }], randomSamplingPercentage: percent }] },
        { apiVersion: "telemetry.istio.io/v1" },
    );
    const asks: Record<string, Ask> = Object.fromEntries(Object.entries(ASKS).map(([title, lines]) => [title, ask(HOST, "GET /", lines)]));
    return {
        objects: [
            ...(provider ? [meshConfig({ extensionProviders: [{ name: "tracer", ...provider }] }), telemetry] : []),
            entry("told.test", "HTTP", backend.port),
            // Nobody listens: what is told of traces does not hang on who collects them.
            entry("collector.test", "GRPC", await setting.port("collector")),
            ...httpGateway(setting, [HOST], [to("told.test")]),
        ],
        asks,
        servers: [backend],
        stop: () => backend.close(),
    };
}

const OTEL = { opentelemetry: { service: "collector.test", port: 80 } };
const ZIPKIN = { zipkin: { service: "collector.test", port: 80 } };

type Told = Readonly<Record<string, string>>;

/** What a backend is told by in our place. */
const toldBy =
    (change: (headers: Told) => Told): ((recorded: Answer) => Partial<Answer>) =>
    ({ backend = [] }) => ({ backend: backend.map((one) => ({ ...one, headers: change(one.headers) })) });

const MALFORMED = "what is malformed says nothing, and a new trace begins (Trace Context §3.2.2.4); Envoy passes it on and traces nothing";
const NONE_OF_W3C = [
    "W3C, of a version that is none",
    "W3C, with more behind it",
    "W3C, too short",
    "W3C, no trace",
    "W3C, no span",
    "W3C, no hex",
    "W3C, empty",
    "W3C, twice",
];

const STATED = ["W3C, with a state", "W3C, with two lines of state"];

function ofOpenTelemetry(flags: string): Differences {
    return Object.fromEntries(
        Object.keys(ASKS).flatMap((title): [string, Differences[string]][] => {
            if (STATED.includes(title)) return [];
            if (NONE_OF_W3C.includes(title))
                return [[title, { ours: toldBy(() => ({ traceparent: `00-<new trace>-<new>-${flags}` })), why: MALFORMED }]];
            if (title === "W3C, of a later version") {
                const why = "what is known of a later version holds, and it is told on in ours (Trace Context §4.3)";
                return [[title, { ours: toldBy(() => ({ traceparent: `00-<trace>-<new>-${flags}` })), why }]];
            }
            const ours = toldBy(({ tracestate, ...headers }) => (tracestate ? { ...headers, tracestate } : headers));
            return [[title, { ours, why: "a list of nothing is not told" }]];
        }),
    );
}

function ofZipkin(decision: string): Differences {
    const anew = {
        "x-b3-parentspanid": "<new>",
        "x-b3-sampled": decision,
        "x-b3-spanid": "<new>",
        "x-b3-traceid": "<new trace>",
    };
    const contradiction = "who is told that a trace is not sampled is not told to debug it";
    return {
        "B3 in one, malformed": { ours: toldBy(() => anew), why: MALFORMED },
        "B3 in several, malformed": { ours: toldBy(() => anew), why: MALFORMED },
        ...(decision === "1"
            ? {}
            : {
                  "B3 in several, a debugger's": {
                      ours: toldBy(({ "x-b3-flags": _flags, ...headers }) => headers),
                      why: contradiction,
                  },
              }),
    };
}

const traced = (title: string, tracing: Tracing, differences: Differences = {}): Case => ({
    title,
    make: (setting) => play(setting, tracing),
    differences,
});

export const traces: Topic = {
    name: "traces",
    cases: [
        traced("nothing is traced", { percent: 100 }),
        traced("OpenTelemetry, all sampled", { provider: OTEL, percent: 100 }, ofOpenTelemetry("01")),
        traced("OpenTelemetry, none sampled", { provider: OTEL, percent: 0 }, ofOpenTelemetry("00")),
        traced("Zipkin, all sampled", { provider: ZIPKIN, percent: 100 }, ofZipkin("1")),
        traced("Zipkin, none sampled", { provider: ZIPKIN, percent: 0 }, ofZipkin("0")),
    ],
};
