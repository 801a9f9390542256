/** AuthorizationPolicy and RequestAuthentication (ValidateAuthorizationPolicy, ValidateRequestAuthentication). */
import { isAddress, isRange } from "../../ip-blocks";
import type { AuthorizationPolicyObject, AuthorizationRule, JwtRule, RequestAuthenticationObject } from "../../types";
import { shownText } from "../../shown";
import { each, eachEntry, isSet, type Loose, type Report } from "../report";
import { accountRule, attributeRules, pathRule } from "./authorization-values";
import { attachmentRules } from "./attachment";
import { goScheme } from "./go-url";
import { isKeySet } from "./json-web-keys";

type Rule = Loose<AuthorizationRule>;

export function authorizationPolicyRules(object: Loose<AuthorizationPolicyObject>, report: Report): void {
    const { spec } = object;
    if (!spec) {
        return;
    }
    attachmentRules(spec, report);
    const action = spec.action ?? "ALLOW";
    if (action === "CUSTOM" && spec.rules && !spec.provider?.name) {
        report(
            "GH0103",
            "spec.provider.name",
            "is missing: CUSTOM asks a provider",
            "Name one of the mesh configuration's `extensionProviders`.",
        );
    }
    if (action !== "CUSTOM" && spec.provider) {
        report("GH0105", "spec.provider", `goes with \`action: CUSTOM\` only, not with ${action}`);
    }
    if ((action === "DENY" || action === "CUSTOM") && !spec.rules?.length) {
        report("GH0103", "spec.rules", `is missing: ${action} without rules is never triggered`, "Write `rules: [{}]` for every request.");
    }
    each(spec.rules, "spec.rules", (rule, field) => {
        ruleRules(rule, field, report);
        if (action === "CUSTOM") {
            customRules(rule, field, report);
        }
    });
}

const ADDRESSES = ["ipBlocks", "notIpBlocks", "remoteIpBlocks", "notRemoteIpBlocks"] as const;
const IDENTITIES = ["principals", "notPrincipals", "namespaces", "notNamespaces"] as const;
const ACCOUNTS = ["serviceAccounts", "notServiceAccounts"] as const;

function ruleRules(rule: Rule, field: string, report: Report): void {
    each(rule.from, `${field}.from`, ({ source }, at) => {
        part(source, `${at}.source`, report);
        for (const name of ADDRESSES) {
            each(source?.[name], `${at}.source.${name}`, (address, path) => {
                if (!isAddress(address)) {
                    report("GH0104", path, `got ${shownText(address)}, wanted an address or a CIDR block`);
                } else if (!isRange(address) && !address.includes("%")) {
                    report(
                        "GH0111",
                        path,
                        `got ${shownText(address)}, a part of IPv6 in which no client with an IPv4 address is`,
                        "Write the IPv4 block as it is, as in `10.0.0.0/8`.",
                    );
                }
            });
        }
        for (const name of ACCOUNTS) {
            each(source?.[name], `${at}.source.${name}`, (account, path) => accountRule(account, path, report));
        }
        if (source && IDENTITIES.some((name) => isSet(source[name])) && ACCOUNTS.some((name) => isSet(source[name]))) {
            report("GH0105", `${at}.source`, "has service accounts beside principals or namespaces", "Keep one of them.");
        }
    });
    each(rule.to, `${field}.to`, ({ operation }, at) => {
        part(operation, `${at}.operation`, report);
        for (const name of ["ports", "notPorts"] as const) {
            each(operation?.[name], `${at}.operation.${name}`, (port, path) => {
                if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535) {
                    report("GH0104", path, `got ${shownText(port)}, wanted a port's number`);
                }
            });
        }
        for (const name of ["paths", "notPaths"] as const) {
            each(operation?.[name], `${at}.operation.${name}`, (template, path) => pathRule(template, path, report));
        }
    });
    each(rule.when, `${field}.when`, ({ key, values, notValues }, at) => {
        if (key === "") {
            report("GH0104", `${at}.key`, "is empty");
        } else if (!isSet(values) && !isSet(notValues)) {
            report("GH0103", at, "has neither `values` nor `notValues`");
        } else if (key !== undefined) {
            attributeRules(
                key,
                [
                    ["values", values ?? []],
                    ["notValues", notValues ?? []],
                ],
                at,
                report,
            );
        }
    });
}

/** A source or an operation: at least one condition, and none of them empty. */
function part(value: Readonly<Record<string, unknown>> | undefined, field: string, report: Report): void {
    if (value === undefined || !Object.values(value).some(isSet)) {
        report("GH0103", field, "names no condition");
        return;
    }
    eachEntry(value, field, (_name, list, path) => {
        if (Array.isArray(list) && list.includes("")) {
            report("GH0104", path, "has an empty value");
        }
    });
}

const NOT_CUSTOM = [...IDENTITIES, ...ACCOUNTS, "requestPrincipals", "notRequestPrincipals", "trustDomains", "notTrustDomains"] as const;

/** An external authorizer is asked before a token's claims are known, and never of mesh identities. */
function customRules(rule: Rule, field: string, report: Report): void {
    each(rule.from, `${field}.from`, ({ source }, at) => {
        for (const name of NOT_CUSTOM.filter((one) => isSet(source?.[one]))) {
            report("GH0105", `${at}.source.${name}`, "does not go with `action: CUSTOM`");
        }
    });
    each(rule.when, `${field}.when`, ({ key }, at) => {
        if (
            key !== undefined &&
            (["source.namespace", "source.serviceAccount", "source.principal", "source.trustDomain"].includes(key) ||
                key.startsWith("request.auth."))
        ) {
            report("GH0105", `${at}.key`, `${shownText(key)} does not go with \`action: CUSTOM\``);
        }
    });
}

export function requestAuthenticationRules(object: Loose<RequestAuthenticationObject>, report: Report): void {
    const { spec } = object;
    if (!spec) {
        return;
    }
    attachmentRules(spec, report);
    each(spec.jwtRules, "spec.jwtRules", (rule, field) => jwtRules(rule, field, report));
}

function jwtRules(rule: Loose<JwtRule>, field: string, report: Report): void {
    const uri = rule.jwksUri ?? rule.jwks_uri;
    if (!rule.issuer && !uri) {
        report("GH0103", field, "has neither `issuer` nor `jwksUri`");
    }
    const isUrl = (request: boolean): boolean => ["http", "https"].includes(goScheme(uri ?? "", request) ?? "");
    if (uri !== undefined && !(isUrl(true) && isUrl(false))) {
        report(
            "GH0104",
            `${field}.${rule.jwksUri === undefined ? "jwks_uri" : "jwksUri"}`,
            `got ${shownText(uri)}, wanted an http or https URL`,
        );
    }
    if (rule.jwks !== undefined && rule.jwks !== "" && !isKeySet(rule.jwks)) {
        report("GH0104", `${field}.jwks`, "is no JSON Web Key Set");
    }
    each(rule.outputClaimToHeaders, `${field}.outputClaimToHeaders`, ({ header }, at) => {
        if (header !== undefined && header !== "" && !/^[-_A-Za-z0-9]+$/.test(header)) {
            report("GH0104", `${at}.header`, `${shownText(header)} is no header's name: letters, digits, hyphens and underscores`);
        }
    });
}
