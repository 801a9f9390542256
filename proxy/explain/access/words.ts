/** What rules ask for and what requests have, in the words of policies. */
import { readableText } from "../../../istio/wire-text";
import type { AttributeEntry, TextTestEntry, ValueTestEntry } from "../../tables";
import type { PolicyAnswer, RuleAnswer, TestAnswer } from "./answer";

/** As a policy writes it: `"/admin*"`, `10.0.0.0/8`. */
export function valueText(value: ValueTestEntry): string {
    switch (value.kind) {
        case "exact":
        case "prefix":
        case "suffix":
        case "present":
            return JSON.stringify(pattern(value));
        case "principal": {
            const { issuer, subject } = value;
            const isAny = issuer.kind === "present" && subject.kind === "present";
            return JSON.stringify(isAny ? "*" : `${pattern(issuer)}/${pattern(subject)}`);
        }
        case "regex":
            return `/${readableText(value.value)}/`;
        case "template":
            return JSON.stringify(readableText(value.value));
        case "network":
            return `${value.address}/${value.length}`;
        case "port":
            return String(value.value);
        default:
            return value satisfies never;
    }
}

function pattern(value: TextTestEntry): string {
    if (value.kind === "present") return "*";
    const text = readableText(value.value);
    return value.kind === "exact" ? text : value.kind === "prefix" ? `${text}*` : `*${text}`;
}

/** As conditions call it. */
export function attributeName(attribute: AttributeEntry): string {
    switch (attribute.kind) {
        case "source-address":
            return "source.ip";
        case "remote-address":
            return "remote.ip";
        case "source-principal":
            return "source.principal";
        case "destination-address":
            return "destination.ip";
        case "destination-port":
            return "destination.port";
        case "server-name":
            return "connection.sni";
        case "host":
        case "method":
        case "path":
            return `request.${attribute.kind}`;
        case "header":
            return `request.headers[${attribute.name}]`;
        case "request-principal":
            return "request.auth.principal";
        case "audiences":
            return "request.auth.audiences";
        case "presenter":
            return "request.auth.presenter";
        case "claim":
            return `request.auth.claims${attribute.path.map((name) => `[${name}]`).join("")}`;
        case "nothing":
            return attribute.name;
        default:
            return attribute satisfies never;
    }
}

/** `from[0].source.ipBlocks wants 10.0.0.0/8; it is 192.0.2.1`. */
export function testText(test: TestAnswer): string {
    const { field, attribute, wanted, unwanted, hidden } = test;
    const name = field.startsWith("when") ? `${field} (${attribute})` : field;
    const asks = [
        wanted.length > 0 ? `wants ${hidden ? "what is not shown" : wanted.join(" or ")}` : "",
        unwanted.length > 0 ? `${wanted.length > 0 ? "and " : "wants "}none of ${hidden ? "what is not shown" : unwanted.join(", ")}` : "",
    ];
    return `${name} ${asks.filter((text) => text !== "").join(" ")}; ${hasText(test)}`;
}

function hasText({ attribute, matched, got, hidden }: TestAnswer): string {
    if (got.length === 0) return attribute.startsWith("request.auth") ? "no verified token says it" : "there is none";
    return hidden ? `that ${matched ? "holds" : "does not hold"}` : `it is ${got.join(", ")}`;
}

export function ruleText({ field, matched, tests }: RuleAnswer): string {
    const texts = tests.map(testText);
    if (matched) return `${field} matches: ${texts.length === 0 ? "it asks for nothing" : texts.join("; ")}`;
    return `${field} does not match: ${texts.join("; ")}`;
}

/** Of an ALLOW policy without rules too: it matches nothing, and lets nobody in. */
export function policyText({ policy, action, dryRun, matched, rules }: PolicyAnswer): string {
    const what =
        matched === null
            ? "is not asked any more"
            : matched
              ? "matches"
              : rules.length === 0
                ? "matches nothing: it has no rule"
                : "does not match";
    return `${action} ${policy} ${what}${dryRun ? "; it is a dry run, and changes nothing" : ""}`;
}
