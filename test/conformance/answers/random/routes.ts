/** Configurations at random of every kind that routes: Gateways, VirtualServices, ServiceEntries, DestinationRules, Sidecars; with their requests. */
import * as fc from "fast-check";
import type { KubeObject } from "../../../../istio";
import { ask, GATEWAY_SELECTOR, httpServer, istioObject, type Ask, type Case, type Setting } from "../../../answers/support/case";
import { destined, entryOf, meshed, REGISTRY_ONLY, sidecar, WEB } from "../../../answers/support/meshed";

const HOSTS = ["a.test", "b.test", "x.a.test", "else.test"];
const PATTERNS = ["a.test", "b.test", "*.a.test", "*.test"];
const PATHS = ["/", "/a", "/a/", "/a/b", "/ab", "/b?q=1", "/b/c?q=2&r", "/A"];
const METHODS = ["GET", "POST", "PUT", "DELETE"];
const LINES = ["x-a: 1", "x-a: 12", "x-a:", "x-b: one", "cookie: sess=abc"];

const URI = fc.oneof(
    fc.constantFrom("/a", "/a/b", "/b").map((exact) => ({ uri: { exact } })),
    fc.constantFrom("/a", "/a/", "/b").map((prefix) => ({ uri: { prefix } })),
    fc.constantFrom("/a.*", "/[ab]", "/b/?c?").map((regex) => ({ uri: { regex } })),
);
const MATCH = fc
    .tuple(
        fc.option(URI, { nil: {} }),
        fc.option(
            fc.constantFrom<object>(
                { headers: { "x-a": { exact: "1" } } },
                { headers: { "x-a": { prefix: "1" } } },
                { headers: { "x-b": { regex: "o.*" } } },
                { withoutHeaders: { "x-a": { exact: "1" } } },
                { method: { exact: "POST" } },
                { method: { regex: "P.*" } },
                { queryParams: { q: { exact: "1" } } },
                { queryParams: { q: { prefix: "2" } } },
                { authority: { exact: "a.test" } },
                { authority: { prefix: "x." } },
                { ignoreUriCase: true },
                { sourceLabels: { app: "web" } },
                { sourceLabels: { app: "api" } },
                { sourceNamespace: "apps" },
            ),
            { nil: {} },
        ),
    )
    .map(([uri, other]) => ({ ...uri, ...other }) as object);

/** What may become of a request, by the host of its destination. */
const ACTION = fc.oneof(
    { weight: 5, arbitrary: fc.record({ host: fc.constantFrom("one.test", "two.test", "nowhere.test"), subset: fc.constant(undefined) }) },
    { weight: 3, arbitrary: fc.record({ host: fc.constant("pair.test"), subset: fc.constantFrom("v1", "v2", "none") }) },
    {
        weight: 1,
        arbitrary: fc.constantFrom<object>({ redirect: { uri: "/r" } }, { redirect: { authority: "c.test", redirectCode: 302 } }),
    },
    {
        weight: 1,
        arbitrary: fc.constantFrom(200, 404, 418, 503).map((status) => ({ directResponse: { status, body: { string: `own ${status}` } } })),
    },
);
const EXTRA = fc.constantFrom<object>(
    {},
    {},
    { headers: { request: { set: { "x-set": "1" }, remove: ["x-b"] } } },
    { headers: { response: { add: { "x-out": "1" } } } },
    { rewrite: { authority: "h.test" } },
    { rewrite: { uriRegexRewrite: { match: "^/a", rewrite: "/z" } } },
    { fault: { abort: { httpStatus: 418, percentage: { value: 100 } } } },
    { timeout: "5s" },
    { retries: { attempts: 0 } },
);
const RULE = fc.record({ match: fc.array(MATCH, { maxLength: 2 }), action: ACTION, extra: EXTRA });
const SERVICE = fc.record({
    hosts: fc.constantFrom(...PATTERNS).map((host) => [host]),
    rules: fc.array(RULE, { minLength: 1, maxLength: 3 }),
});
const REQUEST = fc.record({
    host: fc.constantFrom(...HOSTS),
    path: fc.constantFrom(...PATHS),
    method: fc.constantFrom(...METHODS),
    lines: fc.uniqueArray(fc.constantFrom(...LINES), { maxLength: 2, selector: (line) => line.split(":")[0] }),
});

interface Drawn {
    readonly isMesh: boolean;
    readonly shown: readonly string[];
    readonly services: readonly {
        readonly hosts: readonly string[];
        readonly rules: readonly { match: object[]; action: object; extra: object }[];
    }[];
    readonly requests: readonly {
        readonly host: string;
        readonly path: string;
        readonly method: string;
        readonly lines: readonly string[];
    }[];
}

function ruleOf({ match, action, extra }: Drawn["services"][number]["rules"][number], { ports }: Setting): object {
    const matches = match.filter((one) => Object.keys(one).length > 0);
    const { host, subset } = action as { readonly host?: string; readonly subset?: string };
    const does = host === undefined ? action : { route: [destined(host, ports.http, subset === undefined ? {} : { subset })], ...extra };
    return { ...(matches.length > 0 ? { match: matches } : {}), ...does };
}

function objectsOf({ isMesh, shown, services }: Drawn, setting: Setting): KubeObject[] {
    const { ports, backendPorts } = setting;
    const pair = {
        endpoints: backendPorts.map((port, at) => ({ address: "127.0.0.1", ports: { http: port }, labels: { version: `v${at + 1}` } })),
    };
    return [
        entryOf(setting, "one", ["one.test", "a.test", "b.test"], {}, 0),
        entryOf(setting, "two", ["two.test", "x.a.test"], {}, 1),
        entryOf(setting, "pair", ["pair.test"], pair),
        istioObject(
            "DestinationRule",
            "pair",
            { host: "pair.test", subsets: ["v1", "v2"].map((name) => ({ name, labels: { version: name } })) },
            { namespace: "apps" },
        ),
        ...(isMesh
            ? [meshed(setting), sidecar(setting, { http: "HTTP" }, REGISTRY_ONLY, shown)]
            : [istioObject("Gateway", "gw", { selector: GATEWAY_SELECTOR, servers: [httpServer(ports.other, ["*"])] })]),
        ...services.map(({ hosts, rules }, at) =>
            istioObject(
                "VirtualService",
                `vs-${at}`,
                { hosts, ...(isMesh ? {} : { gateways: ["istio-system/gw"] }), http: rules.map((rule) => ruleOf(rule, setting)) },
                { namespace: "apps" },
            ),
        ),
    ];
}

/** The title says all of it. */
export const ROUTES: fc.Arbitrary<Case> = fc
    .record<Drawn>({
        isMesh: fc.boolean(),
        shown: fc.constantFrom(["*/*"], ["./*"], ["./a.test", "./one.test", "./pair.test"]),
        services: fc.uniqueArray(SERVICE, { minLength: 1, maxLength: 3, selector: ({ hosts }) => hosts[0] }) as fc.Arbitrary<
            Drawn["services"]
        >,
        requests: fc.array(REQUEST, { minLength: 20, maxLength: 20 }),
    })
    .map((drawn) => ({
        title: JSON.stringify({ ...drawn, requests: undefined }),
        ...(drawn.isMesh ? { sidecar: WEB } : {}),
        make: (setting) => {
            const asks: Record<string, Ask> = {};
            for (const request of drawn.requests) {
                const { host, path, method, lines } = request;
                asks[JSON.stringify(request)] = ask(host, `${method} ${path}`, lines, {
                    port: drawn.isMesh ? "http" : "other",
                    anyReason: true,
                });
            }
            return { objects: objectsOf(drawn, setting), asks };
        },
    }));
