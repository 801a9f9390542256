/** One backend for one client: what is hashed, which cookies are issued, and which rule says so. */
import type { KubeObject } from "../../../istio";
import { ask, httpGateway, istioObject, type Ask, type Case, type Setting, type Topic } from "../support/case";
import { destined, entryOf } from "../support/meshed";

const HOST = "pair.test";
/** So often that chance chooses both of two. */
const OFTEN = 20;

const once = (headers: readonly string[] = [], path = "/"): Ask => ask("a.test", `GET ${path}`, headers, { times: 1 });
const often = (headers: readonly string[] = [], path = "/"): Ask => ask("a.test", `GET ${path}`, headers, { times: OFTEN });

/** Two backends of one host. */
const pair = (setting: Setting): KubeObject =>
    entryOf(
        setting,
        "pair",
        [HOST],
        {
            endpoints: setting.backendPorts.map((port) => ({ address: "127.0.0.1", ports: { http: port } })),
        },
        0,
        "istio-system",
    );

const rule = (spec: object): KubeObject => istioObject("DestinationRule", "pair", { host: HOST, ...spec });

function sticky(
    title: string,
    spec: object | ((setting: Setting) => object),
    asks: Readonly<Record<string, Ask>>,
    http: (destination: object, setting: Setting) => readonly object[] = (destination) => [{ route: [destination] }],
): Case {
    return {
        title,
        make: (setting) => ({
            objects: [
                pair(setting),
                rule(typeof spec === "function" ? spec(setting) : spec),
                ...httpGateway(setting, ["a.test"], http(destined(HOST, setting.ports.http), setting)),
            ],
            asks,
        }),
    };
}

const hashed = (consistentHash: object): object => ({ trafficPolicy: { loadBalancer: { consistentHash } } });
const cookie = (httpCookie: object): object => hashed({ httpCookie });
const SESS = cookie({ name: "sess", ttl: "60s" });
/** A cookie for the host, and this policy for its port. */
const forPort =
    (policy: object) =>
    ({ ports }: Setting): object => ({
        trafficPolicy: {
            loadBalancer: { consistentHash: { httpCookie: { name: "sess", ttl: "60s" } } },
            portLevelSettings: [{ port: { number: ports.http }, ...policy }],
        },
    });

const COOKIES: Readonly<Record<string, object>> = {
    "a life and a path": { name: "sess", ttl: "60s", path: "/p" },
    "a life": { name: "sess", ttl: "3600s" },
    "a session": { name: "sess", ttl: "0s" },
    "a part of a second": { name: "sess", ttl: "1.5s" },
    "less than a second": { name: "sess", ttl: "0.5s" },
    attributes: {
        name: "sess",
        ttl: "60s",
        attributes: [{ name: "SameSite", value: "Lax" }, { name: "Secure" }, { name: "Domain", value: "a.test" }],
    },
    "an attribute that it has anyway": { name: "sess", ttl: "60s", attributes: [{ name: "HttpOnly" }] },
    "an empty value of an attribute": { name: "sess", ttl: "60s", attributes: [{ name: "Secure", value: "" }] },
    "an empty path": { name: "sess", ttl: "60s", path: "" },
};
const ASKED: Readonly<Record<string, Ask>> = {
    without: once(),
    "with it": often(["cookie: sess=abc"]),
    "among others": often(["cookie: a=1; sess=abc; b=2"]),
    empty: once(["cookie: sess="]),
    "in other letters": once(["cookie: SESS=abc"]),
    "another one": once(["cookie: sessx=abc"]),
};

export const stickySessions: Topic = {
    name: "sticky-sessions",
    cases: [
        ...Object.entries(COOKIES).map(([title, httpCookie]) =>
            sticky(
                `a cookie of ${title}`,
                cookie(httpCookie),
                title === "a life" ? ASKED : { without: once(), "with it": often(["cookie: sess=abc"]) },
            ),
        ),
        sticky("a cookie that is not issued", cookie({ name: "sess" }), { without: often(), "with it": often(["cookie: sess=abc"]) }),
        sticky("a header", hashed({ httpHeaderName: "X-User" }), {
            "with it": often(["x-user: ann"]),
            without: often(),
            empty: often(["x-user:"]),
            "two lines": often(["x-user: ann", "x-user: bob"]),
            "the host": often(["host2: x"]),
        }),
        sticky("the host as a header", hashed({ httpHeaderName: ":authority" }), { GET: often() }),
        sticky("a parameter", hashed({ httpQueryParameterName: "user" }), {
            "with it": often([], "/?user=ann"),
            without: often([], "/?x=ann"),
            empty: often([], "/?user="),
            "without a value": often([], "/?user"),
            "in other letters": often([], "/?USER=ann"),
            "no query": often(),
        }),
        sticky("the client's address", hashed({ useSourceIp: true }), {
            GET: often(),
            "forwarded for another": often(["x-forwarded-for: 192.0.2.7"]),
        }),
        sticky("the client's address that is not to be used", hashed({ useSourceIp: false }), { GET: often() }),
        sticky("a ring of a size", hashed({ httpHeaderName: "x-user", ringHash: { minimumRingSize: 10 } }), {
            "with it": often(["x-user: ann"]),
            without: often(),
        }),
        sticky("the old word for a ring's size", hashed({ httpHeaderName: "x-user", minimumRingSize: 10 }), {
            "with it": often(["x-user: ann"]),
        }),
        sticky("Maglev of a size", hashed({ httpHeaderName: "x-user", maglev: { tableSize: 101 } }), { "with it": often(["x-user: ann"]) }),
        sticky("nothing that is hashed", hashed({}), { GET: often() }),
        ...Object.entries({
            "a subset without a balancer of its own": { connectionPool: { tcp: { connectTimeout: "1s" } } },
            "a subset with its own cookie": { loadBalancer: { consistentHash: { httpCookie: { name: "own", ttl: "60s" } } } },
            "a subset that takes turns": { loadBalancer: { simple: "ROUND_ROBIN" } },
        }).map(([title, trafficPolicy]) =>
            sticky(
                title,
                { ...SESS, subsets: [{ name: "all", trafficPolicy }] },
                { without: once(), "with it": often(["cookie: sess=abc"]), "with its own": often(["cookie: own=abc"]) },
                (_destination, { ports }) => [{ route: [destined(HOST, ports.http, { subset: "all" })] }],
            ),
        ),
        sticky(
            "a port with a policy of its own",
            forPort({ loadBalancer: { consistentHash: { httpCookie: { name: "port", ttl: "60s" } } } }),
            { without: once(), "with it": often(["cookie: port=abc"]) },
        ),
        sticky("a port with a policy that says nothing of it", forPort({ connectionPool: { tcp: { connectTimeout: "1s" } } }), {
            without: often(),
            "with it": often(["cookie: sess=abc"]),
        }),
        sticky(
            "what a route adds beside",
            SESS,
            {
                redirect: once([], "/redirect"),
                own: once([], "/own"),
                fault: once([], "/fault"),
                "a cookie that the route sets": once(),
            },
            (destination) => [
                { match: [{ uri: { prefix: "/redirect" } }], redirect: { uri: "/" } },
                { match: [{ uri: { prefix: "/own" } }], directResponse: { status: 200 } },
                {
                    match: [{ uri: { prefix: "/fault" } }],
                    fault: { abort: { httpStatus: 418, percentage: { value: 100 } } },
                    route: [destination],
                },
                { headers: { response: { set: { "set-cookie": "a=1" } } }, route: [destination] },
            ],
        ),
        sticky(
            "two destinations, of which one is none",
            SESS,
            { without: once(), "with it": often(["cookie: sess=abc"]) },
            (destination, { backends }) => [
                {
                    route: [
                        { ...destination, weight: 100 },
                        { destination: { host: backends[0], port: { number: 80 } }, weight: 0 },
                    ],
                },
            ],
        ),
    ],
};
