/**
 * Requests that may be let in where one is not: changed as a policy asks for it, as far as somebody without a token, a
 * certificate or a secret can. Whether they are let in, `explain` knows.
 */
import { readableText } from "../../istio/wire-text";
import type { ExampleRequest, Explanation } from "../../proxy/explain";
import { changeHeader } from "../../proxy/snapshot/match/example-request";
import { patternExample } from "../../proxy/snapshot/match/pattern-example";
import type { AttributeTestEntry, AuthorizationPolicyEntry, AuthorizationRuleEntry, Tables, ValueTestEntry } from "../../proxy/tables";

/** A word that no rule of a policy was written for. */
const ANY = "x";

/** What could be asked instead, nearest first. */
export function* admittedInstead(request: ExampleRequest, { access }: Explanation, tables: Tables): Generator<ExampleRequest> {
    if (access?.decision !== "denied") return;
    const { policy, rule } = access;
    const denying = policy === null ? undefined : tables.authorizations.get(policy);
    if (denying?.action === "DENY") {
        const matched = denying.rules.find(({ field }) => field === rule);
        if (matched) yield* besideDenied(request, matched);
    } else if (denying === undefined) {
        for (const one of access.policies)
            if (one.action === "ALLOW" && !one.dryRun) yield* allowedBy(request, tables.authorizations.get(one.policy));
    }
}

/** Of what a DENY rule asks for one thing does not hold: the complement that it names. */
function* besideDenied(request: ExampleRequest, { from, to, when }: AuthorizationRuleEntry): Generator<ExampleRequest> {
    for (const { attribute, notValues } of [...from, ...to, when].flat())
        for (const value of notValues) {
            const changed = withValue(request, attribute, value);
            if (changed) yield changed;
        }
}

function* allowedBy(request: ExampleRequest, policy: AuthorizationPolicyEntry | undefined): Generator<ExampleRequest> {
    for (const { from, to, when } of policy?.rules ?? [])
        for (const source of from.length === 0 ? [[]] : from)
            for (const operation of to.length === 0 ? [[]] : to) {
                const changed = withAll(request, [...source, ...operation, ...when]);
                if (changed) yield changed;
            }
}

/** Undefined: something of it nobody can make up. */
function withAll(request: ExampleRequest, tests: readonly AttributeTestEntry[]): ExampleRequest | undefined {
    let made: ExampleRequest | undefined = request;
    for (const { attribute, values } of tests) {
        const [first] = values;
        if (first !== undefined && made !== undefined) made = withValue(made, attribute, first);
    }
    return made;
}

function withValue(request: ExampleRequest, attribute: AttributeTestEntry["attribute"], value: ValueTestEntry): ExampleRequest | undefined {
    const made: ExampleRequest = { ...request, headers: new Map(request.headers) };
    const text = textOf(value);
    switch (attribute.kind) {
        case "method":
            if (text === undefined) return undefined;
            made.method = text === ANY ? "GET" : text;
            return made;
        case "path":
            if (text === undefined) return undefined;
            made.pathname = text.startsWith("/") ? text : `/${text}`;
            return made;
        case "header":
            if (text === undefined) return undefined;
            changeHeader(made, attribute.name, text);
            return made;
        // What the connection says is as it is, and a host's name is what is tried.
        case "host":
        case "server-name":
        case "source-address":
        case "remote-address":
        case "destination-address":
        case "destination-port":
            return made;
        case "source-principal":
        case "request-principal":
        case "audiences":
        case "presenter":
        case "claim":
        case "nothing":
            return undefined;
        default:
            return attribute satisfies never;
    }
}

/** Something that it takes. */
function textOf(value: ValueTestEntry): string | undefined {
    switch (value.kind) {
        case "exact":
        case "prefix":
            return readableText(value.value);
        case "suffix":
            return `${ANY}${readableText(value.value)}`;
        case "present":
            return ANY;
        case "template":
            return readableText(value.value).replaceAll(/\{\*\*?\}/g, ANY);
        case "regex":
            return patternExample(value.value);
        case "principal":
        case "network":
        case "port":
            return undefined;
        default:
            return value satisfies never;
    }
}
