/**
 * Other ways to write what a text of a rule stands for: the rule does not take them for the same, and a backend may. They
 * are open in Istio, whatever the proxy, for paths and hosts are compared as Envoy compares them.
 */
import type { Attribute, TextTest, ValueTest } from "../../semantics/authorization";
import { hostTest, pathTest, textTest } from "../../semantics/authorization/values";
import { fitsText } from "./values";

export interface Detour {
    /** What passes the rule. */
    readonly example: string;
    readonly why: string;
}

/** How slashes of paths are treated: `pathNormalization.normalization` of the mesh's configuration. */
export type PathNormalization = "BASE" | "MERGE_SLASHES" | "DECODE_AND_MERGE_SLASHES" | "NONE";

/** By the texts of one list, taken together: what one of them lets by another may take. */
export function detoursOf({ kind }: Attribute, values: readonly string[], normalization: PathNormalization): Detour[] {
    if (kind !== "path" && kind !== "host" && kind !== "method") return [];
    const tests = values.flatMap((value) => testOf(kind, value) ?? []);
    const found = tests.flatMap((test) => candidates(kind, test, normalization));
    const open = found.filter(({ example }) => !tests.some((one) => isTextTest(one) && fitsText(one, example)));
    // One of each kind is enough to show it.
    return [...new Map(open.map((one) => [one.why, one] as const).reverse()).values()].reverse();
}

type Spelt = "path" | "host" | "method";

function testOf(kind: Spelt, value: string): ValueTest | undefined {
    return kind === "path" ? pathTest(value) : kind === "host" ? hostTest(value) : textTest(value);
}

function isTextTest(test: ValueTest): test is TextTest {
    return "ignoreCase" in test || test.kind === "present";
}

function candidates(kind: Spelt, test: ValueTest, normalization: PathNormalization): Detour[] {
    if (test.kind !== "exact" && test.kind !== "prefix" && test.kind !== "suffix" && test.kind !== "template") return [];
    switch (kind) {
        case "path":
            return pathDetours(test.kind, test.value, normalization);
        case "host":
            return hostDetours(test.kind, test.value);
        case "method":
            return test.kind === "exact" && test.value === "GET" ? [{ example: "HEAD", why: "HEAD asks for what GET does" }] : [];
        default:
            return kind satisfies never;
    }
}

type Shape = "exact" | "prefix" | "suffix" | "template";

function pathDetours(kind: Shape, text: string, normalization: PathNormalization): Detour[] {
    if (text === "" || text === "/") return [];
    const plain = kind === "template" ? text.replace(/\{\*\*?\}/g, "x") : text;
    const letter = /[a-z](?=[^/]*\/?$)/i.exec(plain);
    const detours: Detour[] = [];
    if (kind !== "suffix") {
        if (normalization === "BASE" || normalization === "NONE") {
            detours.push({ example: `/${plain}`, why: "slashes are not merged" });
        }
        const slash = plain.indexOf("/", 1);
        if (slash > 0 && slash < plain.length - 1 && normalization !== "DECODE_AND_MERGE_SLASHES") {
            detours.push({ example: `${plain.slice(0, slash)}%2f${plain.slice(slash + 1)}`, why: "`%2f` is not decoded" });
        }
    }
    if (letter) {
        const [found] = letter;
        const other = found === found.toLowerCase() ? found.toUpperCase() : found.toLowerCase();
        detours.push({ example: plain.slice(0, letter.index) + other + plain.slice(letter.index + 1), why: "paths have case" });
    }
    if (kind === "exact" || kind === "suffix") {
        const before = kind === "suffix" ? "/x" : "";
        if (!plain.endsWith("/")) detours.push({ example: `${before}${plain}/`, why: "a slash at the end counts" });
        detours.push({ example: `${before}${plain};x`, why: "parameters behind `;` stay in the path" });
    } else if (kind === "prefix" || kind === "template") {
        const slash = plain.indexOf("/", 1);
        if (slash > 0)
            detours.push({ example: `${plain.slice(0, slash)};x${plain.slice(slash)}`, why: "parameters behind `;` stay in the path" });
    }
    return detours;
}

function hostDetours(kind: Shape, text: string): Detour[] {
    const hasPort = /:\d+$/.test(text);
    if (hasPort || (kind !== "exact" && kind !== "suffix")) return [];
    return [{ example: `${kind === "suffix" ? "x" : ""}${text}:80`, why: "a port in the host counts" }];
}
