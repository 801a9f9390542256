/** Who may pass, as people may see it: no value that may be a secret, no hash, and of keys what tells one from another. */
import { withoutPasswords } from "../../istio/secret-names";
import { isRecord } from "../../istio/validation";
import {
    mayBeSecret,
    type AttributeTestEntry,
    type AuthorizationPolicyEntry,
    type AuthorizationRuleEntry,
    type ExternalProviderEntry,
    type KeySetEntry,
    type RequestAuthenticationEntry,
    type TextTestEntry,
    type ValueTestEntry,
} from "../tables";
import { REDACTED } from "./redacted";

export function policyDump({ rules, connectionRules, ...policy }: AuthorizationPolicyEntry): Record<string, unknown> {
    return { ...policy, rules: rules.map(ruleDump), connectionRules: connectionRules.map(ruleDump) };
}

function ruleDump({ from, to, when, ...rule }: AuthorizationRuleEntry): Record<string, unknown> {
    return {
        ...rule,
        from: from.map((tests) => tests.map(testDump)),
        to: to.map((tests) => tests.map(testDump)),
        when: when.map(testDump),
    };
}

function testDump(test: AttributeTestEntry): AttributeTestEntry {
    return mayBeSecret(test.attribute)
        ? { ...test, values: test.values.map(withoutValue), notValues: test.notValues.map(withoutValue) }
        : test;
}

function withoutValue(value: ValueTestEntry): ValueTestEntry {
    switch (value.kind) {
        case "principal":
            return { ...value, issuer: withoutText(value.issuer), subject: withoutText(value.subject) };
        case "exact":
        case "prefix":
        case "suffix":
        case "regex":
        case "template":
            return { ...value, value: REDACTED };
        case "present":
        case "network":
        case "port":
            return value;
        default:
            return value satisfies never;
    }
}

function withoutText(text: TextTestEntry): TextTestEntry {
    return text.kind === "present" ? text : { ...text, value: REDACTED };
}

export function providerDump(provider: ExternalProviderEntry): Record<string, unknown> {
    switch (provider.kind) {
        case "http":
            return {
                ...provider,
                pathPrefix: withoutPasswords(provider.pathPrefix),
                includeAdditionalHeaders: provider.includeAdditionalHeaders.map(([name]) => [name, REDACTED]),
            };
        case "basic-auth": {
            const { users, ...rest } = provider;
            return { ...rest, users: users.length };
        }
        case "grpc":
        case "unserved":
            return { ...provider };
        default:
            return provider satisfies never;
    }
}

export function authenticationDump({ rules, ...authentication }: RequestAuthenticationEntry): RequestAuthenticationEntry {
    return { ...authentication, rules: rules.map((rule) => ({ ...rule, keySet: withoutPasswords(rule.keySet) })) };
}

/** The names of a JWK (RFC 7517 §4) and no part of the key itself: somebody may have pasted a private one. */
const KEY_NAMES = ["kid", "kty", "alg", "use", "crv"] as const;

export function keySetDump({ key, jwks, why }: KeySetEntry): Record<string, unknown> {
    return { key: withoutPasswords(key), keys: keysOf(jwks), why: withoutPasswords(why) };
}

function keysOf(jwks: string): unknown {
    try {
        const set: unknown = jwks === "" ? { keys: [] } : JSON.parse(jwks);
        const keys = isRecord(set) && Array.isArray(set["keys"]) ? (set["keys"] as unknown[]) : [];
        return keys
            .filter(isRecord)
            .map((one) => Object.fromEntries(KEY_NAMES.flatMap((name) => (typeof one[name] === "string" ? [[name, one[name]]] : []))));
    } catch {
        return "unreadable";
    }
}
