/** Values of an AuthorizationPolicy's conditions (pkg/config/security: ValidateAttribute, CheckServiceAccount, CheckValidPathTemplate). */
import { isAddress } from "../../ip-blocks";
import { shownText } from "../../shown";
import type { Report } from "../report";

/** `name`, or `namespace/name`. */
export function accountRule(account: string, field: string, report: Report): void {
    if (account !== "" && !/^[^/*]+(?:\/[^/*]+)?$/.test(account)) {
        report("GH0104", field, `got ${shownText(account)}, wanted \`name\` or \`namespace/name\`, without wildcards`);
    }
}

const LITERAL = /^[a-zA-Z0-9-._~%!$&'()+,;:@=]+$/;

/** `{*}` stands for a segment, `{**}` for any number of them and comes last of all. */
export function pathRule(template: string, field: string, report: Report): void {
    const isTemplate = template.includes("{*}") || template.includes("{**}");
    let isOpen = true;
    for (const part of template.replace(/^\/+|\/+$/g, "").split("/")) {
        if (part === "{*}" || part === "{**}") {
            if (!isOpen) {
                report("GH0104", field, `${shownText(template)} has \`${part}\` after \`{**}\`, which must be the last`);
                return;
            }
            isOpen = part === "{*}";
        } else if (/[{}]/.test(part) || (isTemplate && !LITERAL.test(part))) {
            report(
                "GH0104",
                field,
                `${shownText(template)} is no path: \`{*}\` and \`{**}\` stand for whole segments, and no other wildcard beside them`,
            );
            return;
        }
    }
}

const PLAIN: readonly string[] = [
    "source.namespace",
    "source.principal",
    "source.trustDomain",
    "request.auth.principal",
    "request.auth.audiences",
    "request.auth.presenter",
    "connection.sni",
];
const ADDRESSES: readonly string[] = ["source.ip", "remote.ip", "destination.ip"];
/** Of these a key in brackets is meant. */
const KEYED: readonly string[] = ["request.headers", "request.auth.claims", "experimental.envoy.filters."];

export function attributeRules(
    key: string,
    lists: readonly (readonly [name: string, values: readonly (string | undefined)[]])[],
    field: string,
    report: Report,
): void {
    for (const [name, values] of lists) {
        if (values.includes("")) {
            report("GH0104", `${field}.${name}`, "has an empty value");
        }
    }
    const keyed = KEYED.find((prefix) => key.startsWith(prefix));
    if (keyed !== undefined) {
        if (!/\[[^\]]/.test(key) || !key.endsWith("]")) {
            report(
                "GH0104",
                `${field}.key`,
                `got ${shownText(key)}, wanted a name in brackets behind it, as in \`${keyed.replace(/\.$/, "")}[name]\``,
            );
        }
        return;
    }
    const check = checkOf(key);
    if (check === undefined) {
        report(
            "GH0104",
            `${field}.key`,
            `there is no attribute ${shownText(key)}`,
            `There are ${[...ADDRESSES, ...PLAIN, "source.serviceAccount", "destination.port", "request.headers[name]", "request.auth.claims[name]"].join(", ")}.`,
        );
        return;
    }
    for (const [name, values] of lists) {
        values.forEach((value, index) => {
            if (value !== undefined) {
                check(value, `${field}.${name}[${index}]`, report);
            }
        });
    }
}

function checkOf(key: string): ((value: string, field: string, report: Report) => void) | undefined {
    if (ADDRESSES.includes(key)) {
        return (value, field, report) => {
            if (!isAddress(value)) {
                report("GH0104", field, `got ${shownText(value)}, wanted an address or a CIDR block`);
            }
        };
    }
    if (key === "destination.port") {
        return (value, field, report) => {
            if (!/^\d{1,5}$/.test(value) || Number(value) > 65_535) {
                report("GH0104", field, `got ${shownText(value)}, wanted a port's number`);
            }
        };
    }
    if (key === "source.serviceAccount") {
        return accountRule;
    }
    return PLAIN.includes(key) ? () => undefined : undefined;
}
