/** How a request that is kept out is answered, and what comes before and behind that. */
import { access, allows, denies, GATEWAY_PODS, get, HOST, policy, refusedHere, to } from "../support/access";
import {
    answering,
    ask,
    GATEWAY_SELECTOR,
    httpGateway,
    httpServer,
    istioObject,
    to as route,
    type Setting,
    type Topic,
} from "../support/case";

const everywhere = (setting: Setting) =>
    httpGateway(
        setting,
        [HOST, "*.wild.test"],
        [
            { match: [{ uri: { prefix: "/moved" } }], redirect: { uri: "/new" }, headers: { response: { set: { "x-route": "moved" } } } },
            answering("direct", { match: [{ uri: { prefix: "/direct" } }], headers: { response: { add: { "x-route": "direct" } } } }),
            {
                match: [{ uri: { prefix: "/broken" } }],
                fault: { abort: { httpStatus: 418, percentage: { value: 100 } } },
                ...route(setting.backends[0]),
            },
            {
                match: [{ headers: { "x-a": { exact: "1" } } }],
                ...route(setting.backends[0], {
                    headers: { response: { set: { "x-route": "header", "content-type": "x/y" }, remove: ["content-length"] } },
                }),
            },
            {
                match: [{ uri: { prefix: "/rewritten" } }],
                rewrite: { uri: "/secret" },
                ...route(setting.backends[0], {
                    headers: { response: { set: { "x-path": "%REQ(:path)%", "x-code": "%RESPONSE_CODE%" } } },
                }),
            },
            {
                match: [{ uri: { prefix: "/weighted" } }],
                route: [
                    {
                        destination: { host: setting.backends[0], port: { number: 80 } },
                        weight: 100,
                        headers: { response: { set: { "x-destination": "one" } } },
                    },
                ],
            },
            route(setting.backends[0], {
                headers: { response: { set: { "x-route": "yes", server: "mine" }, add: { "x-more": "1" } } },
                corsPolicy: {
                    allowOrigins: [{ exact: "https://other.test" }],
                    allowMethods: ["GET"],
                    allowCredentials: true,
                    exposeHeaders: ["x-route"],
                },
            }),
        ],
    );

const ALL = {
    "a route": get("/"),
    HEAD: get("HEAD /"),
    "a body": get("POST /", [], { body: "hello" }),
    "a preflight": get("OPTIONS /", ["origin: https://other.test", "access-control-request-method: GET"]),
    "an origin": get("/", ["origin: https://other.test"]),
    "a redirect": get("/moved"),
    "a direct response": get("/direct"),
    "a fault": get("/broken"),
    "a route by a header": get("/x", ["x-a: 1"]),
    "a rewrite": get("/rewritten/x"),
    "a destination's headers": get("/weighted"),
    "no such host": ask("no.test", "GET /"),
    "a bad request": { sends: ["GET / HTTP/1.1\r\nhost: a.test\r\nhost: b.test\r\n\r\n"] },
    gRPC: get("POST /a.B/C", ["content-type: application/grpc", "te: trailers"]),
    "gRPC with a suffix": get("POST /a.B/C", ["content-type: application/grpc+json"]),
    "gRPC for browsers": get("POST /a.B/C", ["content-type: application/grpc-web"]),
    "gRPC for no such host": ask("no.test", "POST /a.B/C", ["content-type: application/grpc"]),
    websocket: {
        sends: ["GET / HTTP/1.1\r\nhost: a.test\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-key: x\r\n\r\n"],
        waitMs: 500,
    },
    "accepts JSON": get("/", ["accept: application/json"]),
    "expects to be told": get("POST /", ["expect: 100-continue", "content-length: 5"], { waitMs: 500 }),
};

export const authorizationAnswers: Topic = {
    name: "authorization-answers",
    http2: ["clients"],
    cases: [
        {
            title: "everything is denied",
            make: (setting) => ({
                objects: [...everywhere(setting), policy("deny", { ...GATEWAY_PODS, action: "DENY", rules: [{}] })],
                asks: ALL,
            }),
            differences: {
                ...refusedHere("RFC 9112 §3.2: a request with two hosts is refused", "a bad request"),
                "a rewrite": {
                    ours: { headers: { "content-length": "19", "content-type": "text/plain", "x-code": "403", "x-path": "/rewritten/x" } },
                    why: "the status of the answer is known",
                },
            },
        },
        {
            title: "nothing is allowed",
            make: (setting) => ({
                objects: [...everywhere(setting), policy("nothing", {})],
                asks: { "a route": get("/"), "a redirect": get("/moved"), "no such host": ask("no.test", "GET /") },
            }),
        },
        {
            title: "a path as it came, whatever a route makes of it",
            make: (setting) => ({
                objects: [...everywhere(setting), denies(to({ paths: ["/secret*"] }))],
                asks: { rewritten: get("/rewritten"), "as it came": get("/secret") },
            }),
        },
        {
            title: "what a gateway sends elsewhere by itself",
            make: (setting) => ({
                objects: [
                    istioObject("Gateway", "gw", {
                        selector: GATEWAY_SELECTOR,
                        servers: [httpServer(setting.ports.http, ["*"], { tls: { httpsRedirect: true } })],
                    }),
                    istioObject("VirtualService", "vs", { hosts: ["*"], gateways: ["gw"], http: [answering("in")] }),
                    denies(to({ paths: ["/secret*"] })),
                ],
                asks: { denied: get("/secret"), "sent elsewhere": get("/") },
            }),
        },
        access("preflights that are allowed by their method", [allows(to({ methods: ["OPTIONS"] }))], {
            preflight: get("OPTIONS /", ["origin: https://other.test", "access-control-request-method: GET"]),
            request: get("/", ["origin: https://other.test"]),
        }),
    ],
};
