/** Which attribute a field of a rule or the key of a condition is about, and how its values are read (model.go, generator.go). */
import type { AuthorizationOperation, AuthorizationSource } from "../../types";
import type { Attribute, ValueTest } from "./tests";
import {
    hostTest,
    namespaceTest,
    networkTest,
    pathTest,
    portTest,
    principalTest,
    requestPrincipalTest,
    serviceAccountTest,
    textTest,
    trustDomainTest,
} from "./values";

export interface AttributeReading {
    readonly attribute: Attribute;
    /** Connections that are passed on as they are have none. */
    readonly isHttp: boolean;
    /** Trust domains of the mesh that stand for one another are put in. */
    readonly aliases?: "principal" | "trust-domain";
    /** Undefined: it is no value of this. `own` is the policy's namespace. */
    readonly test: (value: string, own: string) => ValueTest | undefined;
}

const SOURCE_ADDRESS: AttributeReading = { attribute: { kind: "source-address" }, isHttp: false, test: networkTest };
const REMOTE_ADDRESS: AttributeReading = { attribute: { kind: "remote-address" }, isHttp: false, test: networkTest };
const identity = { attribute: { kind: "source-principal" }, isHttp: false } as const;
const PRINCIPAL: AttributeReading = { ...identity, aliases: "principal", test: principalTest };
const NAMESPACE: AttributeReading = { ...identity, test: namespaceTest };
const SERVICE_ACCOUNT: AttributeReading = { ...identity, test: serviceAccountTest };
const TRUST_DOMAIN: AttributeReading = { ...identity, aliases: "trust-domain", test: trustDomainTest };
const DESTINATION_PORT: AttributeReading = { attribute: { kind: "destination-port" }, isHttp: false, test: portTest };
const METHOD: AttributeReading = { attribute: { kind: "method" }, isHttp: true, test: text };
const REQUEST_PRINCIPAL: AttributeReading = { attribute: { kind: "request-principal" }, isHttp: true, test: requestPrincipalTest };

export type Fields<T> = readonly (readonly [values: keyof T & string, notValues: keyof T & string, reading: AttributeReading])[];

export const SOURCE_FIELDS: Fields<AuthorizationSource> = [
    ["principals", "notPrincipals", PRINCIPAL],
    ["requestPrincipals", "notRequestPrincipals", REQUEST_PRINCIPAL],
    ["namespaces", "notNamespaces", NAMESPACE],
    ["serviceAccounts", "notServiceAccounts", SERVICE_ACCOUNT],
    ["trustDomains", "notTrustDomains", TRUST_DOMAIN],
    ["ipBlocks", "notIpBlocks", SOURCE_ADDRESS],
    ["remoteIpBlocks", "notRemoteIpBlocks", REMOTE_ADDRESS],
];

export const OPERATION_FIELDS: Fields<AuthorizationOperation> = [
    ["hosts", "notHosts", { attribute: { kind: "host" }, isHttp: true, test: hostTest }],
    ["methods", "notMethods", METHOD],
    ["paths", "notPaths", { attribute: { kind: "path" }, isHttp: true, test: pathTest }],
    ["ports", "notPorts", DESTINATION_PORT],
];

const CONDITIONS: ReadonlyMap<string, AttributeReading> = new Map([
    ["source.ip", SOURCE_ADDRESS],
    ["remote.ip", REMOTE_ADDRESS],
    ["source.principal", PRINCIPAL],
    ["source.namespace", NAMESPACE],
    ["source.serviceAccount", SERVICE_ACCOUNT],
    ["source.trustDomain", TRUST_DOMAIN],
    ["request.auth.principal", REQUEST_PRINCIPAL],
    ["request.auth.audiences", { attribute: { kind: "audiences" }, isHttp: true, test: text }],
    ["request.auth.presenter", { attribute: { kind: "presenter" }, isHttp: true, test: text }],
    ["destination.ip", { attribute: { kind: "destination-address" }, isHttp: false, test: networkTest }],
    ["destination.port", DESTINATION_PORT],
    ["connection.sni", { attribute: { kind: "server-name" }, isHttp: false, test: text }],
]);

const HEADERS = "request.headers";
const CLAIMS = "request.auth.claims";
const METADATA = "experimental.envoy.filters.";

/** `unusable`: nothing can be compared of it. `unknown`: there is no such attribute. */
export function conditionReading(key: string): AttributeReading | "unusable" | "unknown" {
    const known = CONDITIONS.get(key);
    if (known) return known;
    // What only a filter of Envoy's could put there, and none is here.
    if (key.startsWith(METADATA)) return "unusable";
    if (key.startsWith(HEADERS)) {
        const name = bracketed(key.slice(HEADERS.length));
        return name === undefined ? "unusable" : headerReading(name.toLowerCase());
    }
    if (!key.startsWith(CLAIMS)) return "unknown";
    const path = claimPath(key.slice(CLAIMS.length));
    return path === undefined ? "unusable" : { attribute: { kind: "claim", path }, isHttp: true, test: text };
}

/** What HTTP/1.1 calls `host` is Envoy's `:authority`. Unlike an operation's hosts it is compared with its case. */
function headerReading(name: string): AttributeReading {
    if (name === ":method") return METHOD;
    const isHost = name === "host" || name === ":authority";
    return { attribute: isHost ? { kind: "host" } : { kind: "header", name }, isHttp: true, test: text };
}

function text(value: string): ValueTest {
    return textTest(value);
}

function bracketed(suffix: string): string | undefined {
    return suffix.startsWith("[") && suffix.endsWith("]") && suffix.length > 2 ? suffix.slice(1, -1) : undefined;
}

/** `[a][b]`; what is no such chain is one name, brackets and all (extractNameInNestedBrackets). */
function claimPath(suffix: string): readonly string[] | undefined {
    const names = /^(?:\[[^[\]]*\])+$/.test(suffix) ? suffix.slice(1, -1).split("][") : undefined;
    if (names) return names.includes("") ? undefined : names;
    const whole = bracketed(suffix);
    return whole === undefined ? undefined : [whole];
}
