/** Of the topics that are played over HTTP/2 as well: what we answer there, by topic, case and request. */
import type { Answer, Differences, Topic, Variant } from "../support/case";
import { answers, ANSWERED, asked, MALFORMED, refuses, resets } from "../support/http2/differences";

type OfCase = Readonly<Partial<Record<Variant, Differences>>>;

const BREAKS_OFF = "what is no answer of HTTP/1.1 is none here, and the connection ends";
const STALE = "RFC 9110 §9.2.2: an idle connection that ends under a request was stale, and what is idempotent is sent again";
const NO_LENGTH = "RFC 9110 §8.6: where no body is expected no length needs to say so";
const PROVEN = "RFC 6455 §4.1: a client fails the connection without it; RFC 8441 §5: HTTP/2 has no use for the key";
const TOKEN = "RFC 9113 §8.2.2: no other than trailers may be sent";
const TERMINATED = "upstream connect error or disconnect/reset before headers. reset reason: connection termination";

const terminated: Partial<Answer> = {
    status: 503,
    headers: { "content-length": `${TERMINATED.length}`, "content-type": "text/plain" },
    body: TERMINATED,
};

/** Of what backends got: without these headers. */
const without =
    (...names: readonly string[]) =>
    ({ backend = [] }: Answer): Partial<Answer> => ({
        backend: backend.map((one) => ({
            ...one,
            headers: Object.fromEntries(Object.entries(one.headers).filter(([name]) => !names.includes(name))),
        })),
    });

const proven = (headers: Readonly<Record<string, string>>): ((recorded: Answer) => Partial<Answer>) => {
    return (recorded) => ({ ...without("sec-websocket-key")(recorded), headers: { ...recorded.headers, ...headers } });
};
const ACCEPT = { "sec-websocket-accept": "JVxkmtKFjDcI/Pm/AGPEKSN6wT8=" };

/** Served though Envoy does not know the method. */
const served = (method: string): Partial<Answer> => ({
    status: 200,
    headers: { "content-type": "text/plain", "x-backend": "one.backends.test" },
    body: undefined as never,
    backend: [
        {
            at: "one.backends.test",
            request: `${method} / HTTP/2`,
            headers: { ":authority": "h.test", ":scheme": "http", "x-forwarded-for": "127.0.0.1", "x-forwarded-proto": "http" },
        },
    ],
});

const withTe = (te: string | undefined): ((recorded: Answer) => Partial<Answer>) => {
    const sent = { accept: "a", authorization: "a", cookie: "a=1", origin: "a", referer: "a", "user-agent": "a", via: "a", "x-other": "a" };
    const headers = {
        ":authority": "t10.test",
        ":scheme": "http",
        "x-forwarded-for": te ? "192.0.2.1,127.0.0.1" : "127.0.0.1",
        "x-forwarded-proto": "http",
        ...(te ? { ...sent, te } : {}),
    };
    return () => ({
        status: 200,
        headers: { "content-type": "text/plain", "x-backend": "one.backends.test" },
        body: undefined as never,
        backend: [{ at: "one.backends.test", request: "GET / HTTP/2", headers }],
    });
};

const POLICIES: Readonly<Record<string, number>> = {
    ...{ "as Istio sets it": 1, none: 1, "5xx": 3, statuses: 1, "gateway-error,reset": 2, "retriable-4xx": 1, "connect-failure": 1 },
    ...{ "envoy-ratelimited": 1, "reset-before-request": 1, "only attempts": 1, unavailable: 1 },
};

/** As Envoy does it, though over HTTP/1.1 we do not. */
const SWITCHES = ["answered as if it were none", "another protocol in the answer", "no protocol in the answer"];

const BY_TOPIC: Readonly<Record<string, Readonly<Record<string, OfCase>>>> = {
    destinations: {
        "retries of backends that fail": {
            backends: Object.assign(
                {},
                ...Object.entries(POLICIES).map(([policy, tries]) => asked(tries + 1, STALE, [`${policy}: nothing`])),
            ) as Differences,
        },
        "lines that are added to what is there": {
            backends: {
                ...answers(TOKEN, ["te: without"], withTe(undefined)),
                ...answers(TOKEN, ["te: with"], withTe("trailers")),
            },
        },
    },
    heads: {
        targets: { clients: resets(MALFORMED, ["a control character", "DEL"]) },
        "hosts, where one is served": { clients: refuses(400, ANSWERED, ["an empty host"]) },
        "hosts, where any is served": { clients: refuses(400, ANSWERED, ["an empty host"]) },
        methods: {
            backends: { ...answers(NO_LENGTH, ["QUERY"], served("QUERY")), ...answers(NO_LENGTH, ["M-SEARCH"], served("M-SEARCH")) },
        },
        "header lines": {
            clients: resets(MALFORMED, ["a NUL", "a control character", "a bracket in a name"]),
            backends: answers("RFC 7540 §3.2.1: it is about the connection of HTTP/1.1", ["hop-by-hop fields"], without("http2-settings")),
        },
        framing: {
            clients: {
                ...resets(MALFORMED, ["two equal lengths", "two lengths", "a list of lengths", "a length with a sign", "an empty length"]),
                ...resets(
                    "a header block that is larger than any head may be is not read to its end",
                    ["a head of 70 KiB"],
                    "goaway ENHANCE_YOUR_CALM",
                ),
            },
        },
        "answers of backends": {
            backends: {
                ...asked(2, `${BREAKS_OFF}. ${STALE}`, ["two digits", "bare line feeds"], terminated),
                ...answers("HTTP/2 has no connection header that could name it", ["hop-by-hop fields"], {}),
            },
        },
        expectations: { clients: resets(MALFORMED, ["an answer of the gateway"]) },
    },
    upgrades: {
        upgrades: {
            backends: {
                ...answers(PROVEN, ["websocket"], proven(ACCEPT)),
                ...answers("RFC 8441 §5: 2xx is what 101 is in HTTP/1.1, and there is one protocol to switch to", SWITCHES, {}),
                "other letters": {
                    ours: (recorded) => ({
                        headers: { upgrade: "websocket" },
                        backend: (recorded.backend ?? []).map((one) => ({ ...one, headers: { ...one.headers, ":protocol": "websocket" } })),
                    }),
                    why: "RFC 9110 §7.8: the case of a protocol's name says nothing",
                },
            },
        },
    },
    "authorization-answers": {
        "everything is denied": { clients: resets(MALFORMED, ["expects to be told"]) },
    },
    "external-checks": {
        "bodies, whole": {
            clients: answers("as over HTTP/1.1: who is asked is to see all of the body, or nobody gets any", ["long"], {
                status: 413,
                headers: { "content-length": "17", "content-type": "text/plain" },
                body: "Payload Too Large",
                backend: undefined,
            }),
        },
        "before everything that a route says": { backends: answers(PROVEN, ["websocket"], proven(ACCEPT)) },
    },
};

/** With what is said of its cases here. */
export function overHttp2(topic: Topic): Topic {
    const own = BY_TOPIC[topic.name];
    if (!own) return topic;
    for (const title of Object.keys(own))
        if (!topic.cases.some((one) => one.title === title)) throw new Error(`${topic.name} has no case ${title}`);
    return { ...topic, cases: topic.cases.map((one) => (own[one.title] ? { ...one, http2: own[one.title] ?? {} } : one)) };
}
