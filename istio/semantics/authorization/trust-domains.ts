/**
 * Trust domains that stand for one another (pilot/pkg/security/trustdomain/bundle.go): what a policy says of one of the mesh's it
 * says of all, and `cluster.local` always means the mesh's own. The mesh's configuration names them.
 */
import type { KubeObject } from "../../types";
import { isRecord } from "../../validation/outline";
import { meshOf } from "../root-namespace";

const LOCAL = "cluster.local";

/** The mesh's own first. */
export function trustDomainsOf(configMap: KubeObject | undefined): readonly string[] {
    const mesh = meshOf(configMap);
    const { trustDomain, trustDomainAliases } = isRecord(mesh) ? mesh : {};
    const own = typeof trustDomain === "string" && trustDomain !== "" ? trustDomain : LOCAL;
    const aliases = Array.isArray(trustDomainAliases) ? trustDomainAliases.filter((one): one is string => typeof one === "string") : [];
    return [...new Set([own, ...aliases])];
}

/** The value, and what it means besides. */
export function withAliases(kind: "principal" | "trust-domain", value: string, domains: readonly string[]): readonly string[] {
    if (kind === "trust-domain") return domains.includes(value) ? domains : [value];
    const [domain = "", ...rest] = value.split("/");
    // `td/ns/NAMESPACE/sa/NAME`: in any other form there is no trust domain in it.
    if (rest.length !== 4 || domain === "*") return [value];
    if (domain !== LOCAL && !domains.some((one) => covers(one, domain))) return [value];
    return [...new Set(domains.map((one) => (isEndOf(one, domain) ? value : [one, ...rest].join("/"))))];
}

/** Whether the policy's text and the domain are one; either may be a pattern (stringMatch in trustdomain/util.go). */
function covers(domain: string, written: string): boolean {
    const fits = (text: string, pattern: string): boolean => isEndOf(text, pattern) || isBeginningOf(text, pattern);
    return domain === written || domain === "*" || fits(domain, written) || fits(written, domain);
}

/** Whether `pattern` is `*END` and the text ends so. */
function isEndOf(text: string, pattern: string): boolean {
    return pattern.startsWith("*") && text.endsWith(pattern.slice(1));
}

function isBeginningOf(text: string, pattern: string): boolean {
    return pattern.endsWith("*") && text.startsWith(pattern.slice(0, -1));
}
