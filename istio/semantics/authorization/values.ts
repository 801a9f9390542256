/**
 * What the values of a rule mean (pilot/pkg/security/authz/model/generator.go, matcher/string.go, matcher/header.go). A `*` alone
 * stands for anything that is there, at the start for any beginning, at the end for any end, and elsewhere for itself. Undefined:
 * it is no such value.
 */
import { isIP } from "node:net";
import { quotedPattern } from "../../quoted-pattern";
import type { TextTest, ValueTest } from "./tests";

const PRESENT: TextTest = { kind: "present" };
/** How identities in certificates begin (pkg/spiffe). */
const SPIFFE = "spiffe://";

export function textTest(value: string, ignoreCase = false): TextTest {
    if (value === "*") return PRESENT;
    if (value.startsWith("*")) return { kind: "suffix", value: value.slice(1), ignoreCase };
    if (value.endsWith("*")) return { kind: "prefix", value: value.slice(0, -1), ignoreCase };
    return { kind: "exact", value, ignoreCase };
}

export function hostTest(value: string): ValueTest {
    return textTest(value, true);
}

export function pathTest(value: string): ValueTest | undefined {
    if (!value.includes("{*}") && !value.includes("{**}")) return textTest(value);
    return isTemplate(value) ? { kind: "template", value } : undefined;
}

/**
 * What Envoy takes (uri_template_internal.cc), which is less than what istiod lets pass: whole segments, of characters that a path
 * has as they are, and nothing but text behind `{**}`.
 */
function isTemplate(value: string): boolean {
    const [start, ...segments] = value.split("/");
    const deep = segments.indexOf("{**}");
    return (
        start === "" &&
        segments.every((one, at) =>
            one === "{*}" || one === "{**}" ? deep === -1 || at <= deep : SEGMENT.test(one) || (one === "" && at === segments.length - 1),
        )
    );
}

const SEGMENT = /^[a-zA-Z0-9\-._~%!$&'()+,;:@]+$/;

export function networkTest(value: string): ValueTest | undefined {
    const [address = "", bits, ...more] = value.split("/");
    const family = isIP(address);
    // Zones (`fe80::1%eth0`) are of one machine; Envoy knows none.
    if (family === 0 || address.includes("%") || more.length > 0) return undefined;
    const all = family === 4 ? 32 : 128;
    const length = bits === undefined ? all : /^(?:0|[1-9]\d{0,2})$/.test(bits) ? Number(bits) : all + 1;
    return length <= all ? { kind: "network", address, length } : undefined;
}

export function portTest(value: string): ValueTest | undefined {
    const port = /^\d+$/.test(value) ? Number(value) : -1;
    return port >= 0 && port <= 65_535 ? { kind: "port", value: port } : undefined;
}

/** `cluster.local/ns/shop/sa/web`; a `*` at the start stands for a beginning behind `spiffe://`. */
export function principalTest(value: string): ValueTest {
    if (value.startsWith("*") && value !== "*") return { kind: "regex", value: `${SPIFFE}.*${quotedPattern(value.slice(1))}` };
    const test = textTest(value);
    return test.kind === "present" ? test : { ...test, value: SPIFFE + test.value };
}

/** Of namespaces every `*` counts. */
export function namespaceTest(value: string): ValueTest {
    return { kind: "regex", value: `.*/ns/${value.split("*").map(quotedPattern).join(".*")}/.*` };
}

/** `namespace/name`, or a name in the policy's own; whatever the trust domain. */
export function serviceAccountTest(value: string, own: string): ValueTest {
    const slash = value.indexOf("/");
    const [namespace, name] = slash === -1 ? [own, value] : [value.slice(0, slash), value.slice(slash + 1)];
    return { kind: "regex", value: `${SPIFFE}.+/ns/${quotedPattern(namespace)}/(.+/|)sa/${quotedPattern(name)}(/.+)?` };
}

/** The first `*` stands for a part of the domain. */
export function trustDomainTest(value: string): ValueTest {
    if (value === "*") return { kind: "prefix", value: SPIFFE, ignoreCase: false };
    const star = value.indexOf("*");
    return star === -1
        ? { kind: "prefix", value: `${SPIFFE}${value}/`, ignoreCase: false }
        : { kind: "regex", value: `${SPIFFE}${quotedPattern(value.slice(0, star))}[^/]*${quotedPattern(value.slice(star + 1))}/.*` };
}

/** `issuer/subject`, parted at the last slash: an issuer may be a URL. Only one end of the whole may be a `*`. */
export function requestPrincipalTest(value: string): ValueTest {
    const slash = value.lastIndexOf("/");
    const [issuer, subject] = slash === -1 ? [value, ""] : [value.slice(0, slash), value.slice(slash + 1)];
    const pair = (one: TextTest, other: TextTest): ValueTest => ({ kind: "principal", issuer: one, subject: other });
    if (value === "*") return pair(PRESENT, PRESENT);
    if (value.startsWith("*")) return slash === -1 ? pair(PRESENT, textTest(value)) : pair(beginning(issuer), exactly(subject));
    if (value.endsWith("*")) return slash === -1 ? pair(ending(value), PRESENT) : pair(exactly(issuer), ending(subject));
    return pair(exactly(issuer), exactly(subject));
}

function exactly(value: string): TextTest {
    return { kind: "exact", value, ignoreCase: false };
}

function beginning(value: string): TextTest {
    return value === "*" ? PRESENT : { kind: "suffix", value: value.slice(1), ignoreCase: false };
}

function ending(value: string): TextTest {
    return value === "*" ? PRESENT : { kind: "prefix", value: value.slice(0, -1), ignoreCase: false };
}
