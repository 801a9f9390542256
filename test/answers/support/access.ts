/** Policies and requests about who may pass, on one host with one rule that answers `in`. */
import { stringify } from "yaml";
import type { KubeObject } from "../../../istio";
import {
    answering,
    ask,
    GATEWAY_SELECTOR,
    httpGateway,
    istioObject,
    nameOf,
    type Answer,
    type Ask,
    type Case,
    type Play,
    type Setting,
} from "./case";

export const SECURITY = "security.istio.io/v1";
export const HOST = "a.test";

/** Names the pods of the gateway. */
export const GATEWAY_PODS = { selector: { matchLabels: GATEWAY_SELECTOR } };

interface More {
    readonly namespace?: string;
    readonly annotations?: Readonly<Record<string, string>>;
}

/** An AuthorizationPolicy in the gateway's namespace, which is the root namespace too. */
export function policy(name: string, spec: object, more: More = {}): KubeObject {
    return istioObject("AuthorizationPolicy", name, spec, { apiVersion: SECURITY, ...more });
}

/** The mesh's configuration, as istiod reads it from its ConfigMap. */
export function meshConfig(config: object): KubeObject {
    return {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name: "istio", namespace: "istio-system" },
        data: { mesh: stringify(config) },
    } as unknown as KubeObject;
}

export const denies = (...rules: readonly object[]): KubeObject => policy("deny", { ...GATEWAY_PODS, action: "DENY", rules });
export const allows = (...rules: readonly object[]): KubeObject => policy("allow", { ...GATEWAY_PODS, rules });

/** A rule's parts. */
export const from = (...sources: readonly object[]): object => ({ from: sources.map((source) => ({ source })) });
export const to = (...operations: readonly object[]): object => ({ to: operations.map((operation) => ({ operation })) });
export const when = (key: string, values?: readonly string[], notValues?: readonly string[]): object => ({
    when: [{ key, ...(values ? { values } : {}), ...(notValues ? { notValues } : {}) }],
});

/** `GET /path` of the host, or another request line. */
export function get(target = "/", headers: readonly string[] = [], more: Parameters<typeof ask>[3] = {}): Ask {
    return ask(HOST, target.includes(" ") ? target : `GET ${target}`, headers, more);
}

/** Each path by itself. */
export const paths = (...targets: readonly string[]): Record<string, Ask> =>
    Object.fromEntries(targets.map((target) => [target, get(target)]));

type Differences = NonNullable<Case["differences"]>;

const plain = (body: string): Partial<Answer> => ({ headers: { "content-length": `${body.length}`, "content-type": "text/plain" }, body });
const DENIED: Partial<Answer> = { status: 403, ended: undefined as never, backend: undefined as never, ...plain("RBAC: access denied") };
export const LET_IN: Partial<Answer> = { status: 200, ended: undefined as never, ...plain("in") };
const REFUSED: Partial<Answer> = { status: 400, headers: { "content-length": "0" }, body: undefined as never };

const eachOf = (titles: readonly string[], ours: Partial<Answer>, why: string): Differences =>
    Object.fromEntries(titles.map((title) => [title, { ours, why }]));
/** Of these requests: what we answer where Istio's gateway does otherwise. */
export const deniedHere = (why: string, ...titles: readonly string[]): Differences => eachOf(titles, DENIED, why);
export const letInHere = (why: string, ...titles: readonly string[]): Differences => eachOf(titles, LET_IN, why);
export const refusedHere = (why: string, ...titles: readonly string[]): Differences => eachOf(titles, REFUSED, why);

/** Of a policy that can't be read. */
export const UNREADABLE = "what a policy that nobody can read was to deny, or not to allow, is not let in";

/** What these objects do to requests to a host that is answered. */
export function access(
    title: string,
    objects: readonly KubeObject[] | ((setting: Setting) => readonly KubeObject[]),
    asks: Readonly<Record<string, Ask>>,
    more: Partial<Case> = {},
): Case {
    return {
        title,
        make: (setting): Play => ({
            objects: [...httpGateway(setting, ["*"], [answering("in")]), ...(typeof objects === "function" ? objects(setting) : objects)],
            asks,
        }),
        ...more,
    };
}

/** The same requests under a policy that denies by the rule and under one that allows by it. */
export function both(title: string, rule: object, asks: Readonly<Record<string, Ask>>, more: Partial<Case> = {}): readonly Case[] {
    return [access(`${title}: denied`, [denies(rule)], asks, more), access(`${title}: allowed`, [allows(rule)], asks, more)];
}

/** One policy a title, each on a host of its own and for that host alone, so that many share a play. */
export function eachHost(
    setting: Setting,
    rules: Readonly<Record<string, (host: string) => object>>,
    requests: (host: string) => Readonly<Record<string, Ask>>,
): Play {
    const all = Object.entries(rules).map(([title, rule], at) => ({ title, rule, host: `h${at}.test` }));
    return {
        objects: [
            ...httpGateway(setting, ["*"], [answering("in")]),
            ...all.map(({ title, rule, host }) => policy(`p-${nameOf(title)}`, { ...GATEWAY_PODS, ...rule(host) })),
        ],
        asks: Object.fromEntries(
            all.flatMap(({ title, host }) => Object.entries(requests(host)).map(([request, asked]) => [`${title}: ${request}`, asked])),
        ),
    };
}
