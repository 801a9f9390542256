/** What is wrong with what says who may pass, beside what the rules for Istio's objects find. */
import { childPath, pathSegments, type AuthorizationRule } from "../../istio";
import { readProviders } from "../../istio/extension-providers";
import { fault, istioCandidate, mentionsUnknown, secretNameFaults, UNKNOWN, valueAt, type Candidate, type Fault } from "../arguments";
import { complement, MOST_RULES } from "./complement";
import { jwtRule } from "./objects";
import { ipLists, jwtList, type AccessData, type JwtData, type ProviderData } from "./place";
import { keySetFaults } from "./key-sets";

/** Of whom it is. */
export interface AccessJudge {
    /** Where the arguments have it. */
    readonly path: string;
    /** It is for all that the gateway serves. */
    readonly whole: boolean;
    readonly dataPlane: "gatehouse" | "istio";
}

const none = (path: string, what: string): Fault[] => [fault("GH0213", path, `${what}.`, "Leave it out, or name somebody.")];

function emptyFaults(path: string, list: unknown, what: string): Fault[] {
    return Array.isArray(list) && list.length === 0 ? none(path, what) : [];
}

const saysNothing = (rule: AuthorizationRule): boolean =>
    Object.values(rule).every((value) => value === undefined || (Array.isArray(value) && value.length === 0));

/** Rules of one host: they say nothing of hosts, and what lets in can be turned round into what keeps out. */
function hostRuleFaults(path: string, rules: readonly AuthorizationRule[]): Fault[] {
    return rules.flatMap((rule, index) =>
        (Array.isArray(rule?.to) ? rule.to : []).flatMap(({ operation }, at) =>
            (["hosts", "notHosts"] as const)
                .filter((name) => operation?.[name] !== undefined)
                .map((name) =>
                    fault(
                        "GH0213",
                        `${path}[${index}].to[${at}].operation.${name}`,
                        "the rules of a VirtualHost are for its hosts, and for no other.",
                        "Leave it out, or make a VirtualHost for each host.",
                    ),
                ),
        ),
    );
}

function allowFaults(path: string, allow: readonly AuthorizationRule[], whole: boolean): Fault[] {
    const open = allow.flatMap((rule, index) =>
        saysNothing(rule)
            ? [fault("GH0213", `${path}[${index}]`, "this rule lets everybody pass.", `Leave ${path} out, or say who may.`)]
            : [],
    );
    if (whole || open.length > 0) return open;
    if (mentionsUnknown(allow)) return [];
    const made = complement(allow);
    if ("rules" in made)
        return made.rules.length > 0
            ? []
            : [fault("GH0213", path, "together these rules let everybody pass.", "Leave it out, or say who may.")];
    if ("tooMany" in made)
        return [
            fault(
                "GH0213",
                path,
                `on one host, who matches none of these rules is kept out by rules of their own, of which these come to more than ${MOST_RULES}.`,
                "Write fewer rules, put values of one field into one list, or give the gateway `access.allow`.",
            ),
        ];
    return [
        fault(
            "GH0213",
            path,
            `on one host, who matches none of these rules is kept out by rules of their own, and there is none for two rules with different ${made.unsayable}.`,
            "Give one of the rules the values that are meant instead, or the gateway `access.allow`.",
        ),
    ];
}

const CLAIM = /^(?:[^[\]]+|(?:\[[^[\]]+\])+)$/;

function claimFaults(path: string, claims: JwtData["claims"]): Fault[] {
    if (typeof claims !== "object" || claims === null) return [];
    return Object.entries(claims).flatMap(([claim, values]) => {
        const at = childPath(path, claim);
        return [
            ...(mentionsUnknown(claim) || CLAIM.test(claim)
                ? []
                : [fault("GH0213", at, "this is no claim's name.", "Write `groups`, or `[realm_access][roles]` for one inside another.")]),
            ...emptyFaults(at, values, "no value of the claim is enough"),
            ...(Array.isArray(values) && values.includes("")
                ? [fault("GH0213", at, "a value is empty, which no claim is compared with.")]
                : []),
        ];
    });
}

function tokenFaults(path: string, jwt: JwtData, earlier: readonly JwtData[]): Fault[] {
    if (typeof jwt !== "object" || jwt === null) return [];
    const { issuer, jwks, jwksUri, audiences, claims } = jwt;
    const at = `${path}.issuer`;
    const known = typeof issuer === "string" && !mentionsUnknown(issuer);
    const pattern =
        known && (issuer.startsWith("*") || issuer.endsWith("*"))
            ? [fault("GH0213", at, `${JSON.stringify(issuer)} would stand for many issuers.`, "Write the issuer as its tokens have it.")]
            : [];
    const twice =
        known && earlier.some((other) => other.issuer === issuer)
            ? [fault("GH0213", at, `${JSON.stringify(issuer)} stands before already.`, "Put what its tokens may say into one entry.")]
            : [];
    const keys =
        jwks === undefined && jwksUri === undefined
            ? [fault("GH0213", path, "the issuer has no keys, so that no token of it is good.", "Give jwksUri, or jwks.")]
            : typeof jwks === "string" && !mentionsUnknown(jwks)
              ? keySetFaults(`${path}.jwks`, jwks)
              : [];
    return [
        ...pattern,
        ...twice,
        ...keys,
        ...emptyFaults(`${path}.audiences`, audiences, "no audience is enough"),
        ...claimFaults(`${path}.claims`, claims),
    ];
}

/** With its place, where there are several. */
function eachToken<T>(path: string, jwt: unknown, read: (one: JwtData, at: string, index: number) => T[]): T[] {
    return jwtList(jwt).flatMap((one, index) => read(one, Array.isArray(jwt) ? `${path}[${index}]` : path, index));
}

const IN_MESH_CONFIG = "Put it among `extensionProviders` of Istio's mesh configuration, and name it here.";

export function providerFaults(path: string, provider: ProviderData, dataPlane: AccessJudge["dataPlane"]): Fault[] {
    if (typeof provider !== "object" || provider === null || mentionsUnknown(provider.name)) return [];
    if (dataPlane === "istio")
        return [fault("GH0213", path, "Istio's proxy knows no provider but those of the mesh configuration.", IN_MESH_CONFIG)];
    const [read] = readProviders({ extensionProviders: [provider] }).providers;
    const start = "extensionProviders[0]";
    return [...(read?.faults ?? []), ...(read?.remarks ?? [])]
        .map(({ field, message }) => ({ field: field.slice(start.length).replace(/^\./, ""), message }))
        .filter(({ field }) => !mentionsUnknown(valueAt(provider, pathSegments(field))))
        .map(({ field, message }) => fault("GH0213", field === "" ? path : `${path}.${field}`, `this ${message}.`));
}

function externalFaults(external: NonNullable<AccessData["external"]>, { path, whole, dataPlane }: AccessJudge): Fault[] {
    const { provider, rules } = external;
    return [
        ...(provider === "" ? [fault("GH0213", `${path}.provider`, "the provider has no name.")] : []),
        ...(typeof provider === "object" ? providerFaults(`${path}.provider`, provider, dataPlane) : []),
        ...emptyFaults(`${path}.rules`, rules, "it is asked about no request"),
        ...(whole || !Array.isArray(rules) ? [] : hostRuleFaults(`${path}.rules`, rules)),
    ];
}

/** Names in a list that are no objects are found by the shapes. */
const rulesIn = (list: unknown): readonly AuthorizationRule[] =>
    Array.isArray(list) ? list.filter((one): one is AuthorizationRule => typeof one === "object" && one !== null) : [];

export function accessFaults(access: AccessData | undefined, judge: AccessJudge): Fault[] {
    if (typeof access !== "object" || access === null) return [];
    const { path, whole, dataPlane } = judge;
    const { allow, deny, ips, jwt, external, basicAuth } = access;
    const lists = ipLists(ips);
    const at = (name: string): string => `${path}.${name}`;
    return [
        ...emptyFaults(at("allow"), allow, "nobody may pass"),
        ...(whole ? [] : [...hostRuleFaults(at("allow"), rulesIn(allow)), ...hostRuleFaults(at("deny"), rulesIn(deny))]),
        ...allowFaults(at("allow"), rulesIn(allow), whole),
        ...emptyFaults(at("deny"), deny, "it keeps nobody out"),
        ...emptyFaults(Array.isArray(ips) ? at("ips") : at("ips.allow"), lists.allow, "nobody may pass"),
        ...emptyFaults(at("ips.deny"), lists.deny, "it keeps nobody out"),
        ...(ips !== undefined && !Array.isArray(ips) && lists.allow === undefined && lists.deny === undefined
            ? none(at("ips"), "there is no address")
            : []),
        ...emptyFaults(at("jwt"), jwt, "no token is good"),
        ...eachToken(at("jwt"), jwt, (one, place, index) => tokenFaults(place, one, jwtList(jwt).slice(0, index))),
        ...(external && typeof external === "object" ? externalFaults(external, { ...judge, path: at("external") }) : []),
        ...(basicAuth && dataPlane === "istio"
            ? [
                  fault(
                      "GH0213",
                      at("basicAuth"),
                      "names and passwords are read by the bundled proxy alone; Istio's would keep everybody out.",
                      'Leave it out, or give the gateway dataPlane "gatehouse".',
                  ),
              ]
            : []),
        ...(basicAuth?.secretName === undefined ? [] : secretNameFaults("GH0213", at("basicAuth.secretName"), basicAuth.secretName)),
    ];
}

const NAMELESS = { name: UNKNOWN, namespace: UNKNOWN, labels: {} };

/** What is given in Istio's own words, held to Istio's rules. */
export function accessCandidates(access: AccessData | undefined, path: string): Candidate[] {
    if (typeof access !== "object" || access === null) return [];
    const { allow, deny, ips, jwt, external } = access;
    const policy = (action: string, rules: unknown, from: string, to: string): Candidate =>
        istioCandidate(
            "AuthorizationPolicy",
            { metadata: NAMELESS, spec: { action, ...(action === "CUSTOM" ? { provider: { name: UNKNOWN } } : {}), rules } },
            [[from, to]],
        );
    const addresses = (list: unknown, to: string): Candidate[] =>
        Array.isArray(list) && list.length > 0
            ? [policy("DENY", [{ from: [{ source: { ipBlocks: list } }] }], "spec.rules[0].from[0].source.ipBlocks", to)]
            : [];
    const lists = ipLists(ips);
    const some = (list: unknown): list is readonly unknown[] => Array.isArray(list) && list.length > 0;
    return [
        ...(some(allow) ? [policy("ALLOW", allow, "spec.rules", `${path}.allow`)] : []),
        ...(some(deny) ? [policy("DENY", deny, "spec.rules", `${path}.deny`)] : []),
        ...(external && some(external.rules) ? [policy("CUSTOM", external.rules, "spec.rules", `${path}.external.rules`)] : []),
        ...addresses(lists.allow, Array.isArray(ips) ? `${path}.ips` : `${path}.ips.allow`),
        ...addresses(lists.deny, `${path}.ips.deny`),
        ...eachToken(`${path}.jwt`, jwt, (one, at) =>
            typeof one === "object" && one !== null
                ? [
                      istioCandidate("RequestAuthentication", { metadata: NAMELESS, spec: { jwtRules: [jwtRule(one)] } }, [
                          ["spec.jwtRules[0]", at],
                      ]),
                  ]
                : [],
        ),
    ];
}

/** A list of addresses alone, as a TcpRoute has it. */
export function addressCandidates(list: unknown, path: string): Candidate[] {
    return accessCandidates({ ips: list } as AccessData, "").map(({ object, argumentOf }) => ({
        object,
        argumentOf: (field) => argumentOf(field)?.replace(/^\.ips/, path),
    }));
}

export function addressFaults(list: unknown, path: string): Fault[] {
    return emptyFaults(path, list, "nobody may connect");
}
