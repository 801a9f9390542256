/**
 * Istio's documented meaning of rules, written down once more, plainly: what a made policy says is read by this and not by
 * what made it.
 */
import { BlockList, isIP } from "node:net";
import type { AuthorizationPolicy, AuthorizationRule } from "../../../istio";

export interface Asked {
    readonly peer: string;
    readonly client: string;
    readonly port: number;
    readonly serverName: string;
    readonly host: string;
    readonly method: string;
    readonly path: string;
    readonly headers: Readonly<Record<string, readonly string[]>>;
    /** Names in the client's certificate. */
    readonly principals: readonly string[];
    /** Of the verified token. */
    readonly claims: Readonly<Record<string, string | readonly string[]>>;
}

const inBlock = (address: string, block: string): boolean => {
    const [network = "", length = isIP(network) === 4 ? "32" : "128"] = block.split("/");
    const family = (text: string): "ipv4" | "ipv6" => (isIP(text) === 4 ? "ipv4" : "ipv6");
    const list = new BlockList();
    list.addSubnet(network, Number(length), family(network));
    return list.check(address, family(address));
};

function fits(value: string, pattern: string): boolean {
    if (pattern === "*") return value !== "";
    if (pattern.startsWith("*")) return value.endsWith(pattern.slice(1));
    if (pattern.endsWith("*")) return value.startsWith(pattern.slice(0, -1));
    return value === pattern;
}

const some = (values: readonly string[], patterns: readonly string[]): boolean =>
    values.some((value) => patterns.some((one) => fits(value, one)));
const listOf = (value: string | readonly string[] | undefined): readonly string[] =>
    value === undefined ? [] : typeof value === "string" ? [value] : value;

/** Whether what the request has at an attribute is one of the values. */
function has(asked: Asked, attribute: string, values: readonly string[]): boolean {
    const named = /^(request\.headers|request\.auth\.claims)\[(.*)\]$/.exec(attribute);
    if (named?.[1] === "request.headers") return some(asked.headers[named[2]?.toLowerCase() ?? ""] ?? [], values);
    if (named) return some(listOf(asked.claims[named[2] ?? ""]), values);
    switch (attribute) {
        case "ipBlocks":
        case "source.ip":
            return values.some((block) => inBlock(asked.peer, block));
        case "remoteIpBlocks":
        case "remote.ip":
            return values.some((block) => inBlock(asked.client, block));
        case "principals":
        case "source.principal":
            return some(asked.principals, values);
        case "requestPrincipals":
        case "request.auth.principal": {
            const { iss, sub } = asked.claims;
            return typeof iss === "string" && typeof sub === "string" && some([`${iss}/${sub}`], values);
        }
        case "request.auth.audiences":
            return some(listOf(asked.claims["aud"]), values);
        case "ports":
        case "destination.port":
            return values.includes(String(asked.port));
        case "connection.sni":
            return some([asked.serverName], values);
        case "hosts":
            return some(
                [asked.host.toLowerCase()],
                values.map((one) => one.toLowerCase()),
            );
        case "methods":
            return some([asked.method], values);
        case "paths":
            return some([asked.path], values);
        default:
            throw new Error(`the evaluator does not know ${attribute}`);
    }
}

function allFields(asked: Asked, fields: object | undefined): boolean {
    return Object.entries((fields ?? {}) as Readonly<Record<string, readonly string[]>>).every(([field, values]) => {
        const not = /^not([A-Z].*)$/.exec(field)?.[1];
        return not === undefined ? has(asked, field, values) : !has(asked, not.charAt(0).toLowerCase() + not.slice(1), values);
    });
}

export function ruleMatches(asked: Asked, { from, to, when }: AuthorizationRule): boolean {
    return (
        (from === undefined || from.some(({ source }) => allFields(asked, source))) &&
        (to === undefined || to.some(({ operation }) => allFields(asked, operation))) &&
        (when ?? []).every(
            ({ key, values, notValues }) =>
                (values === undefined || values.length === 0 || has(asked, key, values)) &&
                (notValues === undefined || !has(asked, key, notValues)),
        )
    );
}

const HTTP_ONLY = /^(not)?(hosts|methods|paths|requestPrincipals|HostS?)$/i;
const withoutHttp = (fields: object | undefined): object =>
    Object.fromEntries(Object.entries(fields ?? {}).filter(([name]) => !HTTP_ONLY.test(name)));

/** The rule as Istio has a DENY policy's on a listener that speaks no HTTP: what only HTTP has is dropped, the rest counts. */
export function onConnections({ from, to, when }: AuthorizationRule): AuthorizationRule {
    return {
        ...(from ? { from: from.map(({ source }) => ({ source: withoutHttp(source) })) } : {}),
        ...(to ? { to: to.map(({ operation }) => ({ operation: withoutHttp(operation) })) } : {}),
        ...(when ? { when: when.filter(({ key }) => !key.startsWith("request.")) } : {}),
    };
}

/** Whether the policies of a gateway let the request in. */
export function letIn(asked: Asked, policies: readonly AuthorizationPolicy[]): boolean {
    const matches = ({ rules = [] }: AuthorizationPolicy): boolean => rules.some((rule) => ruleMatches(asked, rule));
    const of = (action: string): readonly AuthorizationPolicy[] => policies.filter((policy) => (policy.action ?? "ALLOW") === action);
    return !of("DENY").some(matches) && (of("ALLOW").length === 0 || of("ALLOW").some(matches));
}

/** The same of a connection. */
export function letConnect(asked: Asked, policies: readonly AuthorizationPolicy[]): boolean {
    return !policies
        .filter(({ action }) => action === "DENY")
        .some(({ rules = [] }) => rules.some((rule) => ruleMatches(asked, onConnections(rule))));
}
