/** What calls of gRPC are answered where the gateway answers itself, over HTTP/2 and HTTP/1.1. */
import { GATEWAY_PODS, policy, to as operations } from "../support/access";
import { ask, GATEWAY_SELECTOR, httpServer, istioObject, reply, to, type Ask, type Setting, type Topic } from "../support/case";
import { data, frame, headers, TYPES } from "../support/http2/frames";
import { answers } from "../support/http2/differences";
import { ask2 } from "../support/http2/requests";

const HOST = "a.test";
/** A message of gRPC, of nothing. */
const MESSAGE = "\0\0\0\0\0";
const abort = (fault: object): object => ({ fault: { abort: { ...fault, percentage: { value: 100 } } } });

/** By the service that is called. */
const rules = ({ backends, http2 }: Setting): Readonly<Record<string, object>> => ({
    "direct.ok": { directResponse: { status: 200, body: { string: "fine" } } },
    "direct.empty": { directResponse: { status: 200 } },
    "direct.gone": { directResponse: { status: 410, body: { string: "it is gone: 100 %\n" } } },
    "direct.large": { directResponse: { status: 503, body: { string: "ü".repeat(20) } } },
    redirect: { redirect: { authority: "other.test" } },
    ...Object.fromEntries(
        [400, 401, 403, 404, 409, 418, 429, 500, 501, 502, 503, 504].map((status) => [
            `abort.s${status}`,
            { ...abort({ httpStatus: status }), ...to(backends[0]) },
        ]),
    ),
    ...Object.fromEntries(
        ["OK", "CANCELLED", "NOT_FOUND", "UNAVAILABLE", "UNAUTHENTICATED"].map((status) => [
            `abort.g${status.toLowerCase()}`,
            { ...abort({ grpcStatus: status }), ...to(backends[0]) },
        ]),
    ),
    nowhere: to("none.backends.test"),
    late: to(http2, { timeout: "0.3s", retries: { attempts: 0 } }),
    endless: to(http2, { retries: { attempts: 0 } }),
    served: to(http2, { headers: { response: { set: { "x-route": "yes" } } } }),
    plain: to(backends[0]),
    denied: to(http2),
});

const CALLS: Readonly<Record<string, (host: string, path: string) => Ask>> = {
    gRPC: (host, path) => ask2(host, `POST ${path}`, ["content-type: application/grpc", "te: trailers"], { body: MESSAGE }),
    "gRPC with a coding": (host, path) => ask2(host, `POST ${path}`, ["content-type: application/grpc+proto"], { body: MESSAGE }),
    "gRPC over HTTP/1.1": (host, path) => ask(host, `POST ${path}`, ["content-type: application/grpc"], { body: MESSAGE }),
    "gRPC-Web": (host, path) =>
        ask2(host, `POST ${path}`, ["content-type: application/grpc-web+proto", "x-grpc-web: 1"], { body: MESSAGE }),
    "no call": (host, path) => ask2(host, `POST ${path}`, ["content-type: application/grpcx"], { body: MESSAGE }),
};

const objects = (setting: Setting): ReturnType<typeof istioObject>[] => [
    istioObject("Gateway", "gw", { selector: GATEWAY_SELECTOR, servers: [httpServer(setting.ports.http, ["*"])] }),
    istioObject("VirtualService", "vs", {
        hosts: [HOST],
        gateways: ["gw"],
        http: Object.entries(rules(setting)).map(([name, rule]) => ({ match: [{ uri: { prefix: `/${name}/` } }], ...rule })),
    }),
    policy("deny", { ...GATEWAY_PODS, action: "DENY", rules: [operations({ paths: ["/denied/*"] })] }),
];

/** A frame that is no answer: nothing comes. */
const hanging = reply(frame(TYPES.priority, 0, 1, Buffer.alloc(5)));
const withTimeout = (service: string, value: string, lines: readonly string[] = []): Ask =>
    ask2(HOST, `POST /${service}/M`, ["content-type: application/grpc", `grpc-timeout: ${value}`, ...lines], {
        body: MESSAGE,
        waitMs: 1500,
    });

const grpcHead = [":status", "200", "content-type", "application/grpc"];

export const grpcAnswers: Topic = {
    name: "grpc-answers",
    cases: [
        {
            title: "of the gateway's own",
            make: (setting) => ({
                objects: objects(setting),
                asks: Object.fromEntries(
                    Object.entries(CALLS).flatMap(([call, of]) => [
                        ...Object.keys(rules(setting))
                            .filter((name) => !["late", "endless", "served", "plain"].includes(name))
                            .map((name) => [`${call}: ${name}`, of(HOST, `/${name}/M`)]),
                        [`${call}: no route`, of(HOST, "/none/M")],
                        [`${call}: no host`, of("other.test", "/none/M")],
                    ]),
                ),
            }),
        },
        {
            title: "deadlines",
            make: (setting) => ({
                objects: objects(setting),
                asks: {
                    "the route's": ask2(HOST, "POST /late/M", ["content-type: application/grpc", hanging], { body: MESSAGE, waitMs: 1500 }),
                    "the call's, before the route's": withTimeout("late", "100m", [hanging]),
                    "the call's, behind the route's": withTimeout("late", "1S", [hanging]),
                    "the call's alone": withTimeout("endless", "200m", [hanging]),
                    "the call's, in nanoseconds": withTimeout("endless", "100000000n", [hanging]),
                    "the call's, none": withTimeout("endless", "0m"),
                    "the call's, in words": withTimeout("endless", "soon"),
                    "the call's, without a unit": withTimeout("endless", "10"),
                    "the call's, of nine digits": withTimeout("endless", "123456789m"),
                    "the call's, in hours": withTimeout("endless", "10H"),
                    "what a backend is told of a long one": withTimeout("late", "10S"),
                    "what a backend is told of a short one": withTimeout("late", "150m"),
                    "what a backend is told without one": ask2(HOST, "POST /late/M", ["content-type: application/grpc"], { body: MESSAGE }),
                    "no call": ask2(HOST, "POST /endless/M", ["grpc-timeout: 100m"], { body: MESSAGE }),
                },
            }),
        },
        {
            title: "of backends",
            make: (setting) => ({
                objects: objects(setting),
                asks: Object.fromEntries(
                    Object.entries({
                        "trailers alone": headers([...grpcHead, "grpc-status", "5", "grpc-message", "none"], true),
                        "a message and trailers": Buffer.concat([
                            headers(grpcHead, false),
                            data(MESSAGE, false),
                            headers(["grpc-status", "0"], true),
                        ]),
                        "no trailers": Buffer.concat([headers(grpcHead, false), data(MESSAGE, true)]),
                        "a status of HTTP": headers([":status", "404", "content-type", "text/html"], true),
                    }).flatMap(([title, frames]) =>
                        ["gRPC", "gRPC over HTTP/1.1", "gRPC-Web"].map((call) => {
                            const lines = [reply(frames), `content-type: application/grpc${call === "gRPC-Web" ? "-web" : ""}`];
                            const more = { body: MESSAGE };
                            return [
                                `${call}: ${title}`,
                                call === "gRPC over HTTP/1.1"
                                    ? ask(HOST, "POST /served/M", lines, more)
                                    : ask2(HOST, "POST /served/M", lines, more),
                            ];
                        }),
                    ),
                ),
            }),
            differences: answers("RFC 9110 §6.5: checksums and signatures come in them", ["gRPC over HTTP/1.1: a message and trailers"], {
                trailers: { "grpc-status": "0" },
            }),
        },
    ],
};
