/** Which of two values of a rule stands for more, and which have nothing in common: as far as that can be told of texts alone. */
import { isIP } from "node:net";
import type { Attribute, AttributeTest, TextTest, ValueTest } from "../../semantics/authorization";

/** A request or connection has one value of each; of others, such as the lines of a header, it may have several. */
const SINGLE: readonly Attribute["kind"][] = [
    "source-address",
    "remote-address",
    "destination-address",
    "destination-port",
    "server-name",
    "host",
    "method",
    "path",
];

export function isSingle(attribute: Attribute): boolean {
    return SINGLE.includes(attribute.kind);
}

/** One text for one attribute. */
export function attributeKey(attribute: Attribute): string {
    switch (attribute.kind) {
        case "header":
        case "nothing":
            return `${attribute.kind} ${attribute.name}`;
        case "claim":
            return JSON.stringify(attribute.path);
        default:
            return attribute.kind;
    }
}

/** Whether a text fits. */
export function fitsText(test: TextTest, text: string): boolean {
    if (test.kind === "present") return text !== "";
    const [own, value] = test.ignoreCase ? [text.toLowerCase(), test.value.toLowerCase()] : [text, test.value];
    if (test.kind === "exact") return own === value;
    return test.kind === "prefix" ? own.startsWith(value) : own.endsWith(value);
}

/** Whether whatever fits `narrow` fits `wide`. */
export function coversValue(wide: ValueTest, narrow: ValueTest): boolean {
    if (isText(wide)) {
        if (isText(narrow)) return coversText(wide, narrow);
        if (wide.kind === "present") return true;
        return (
            narrow.kind === "template" && wide.kind === "prefix" && narrow.value.slice(0, narrow.value.indexOf("{")).startsWith(wide.value)
        );
    }
    switch (wide.kind) {
        case "network":
            return narrow.kind === "network" && coversNetwork(wide, narrow);
        case "principal":
            return narrow.kind === "principal" && coversText(wide.issuer, narrow.issuer) && coversText(wide.subject, narrow.subject);
        case "port":
            return narrow.kind === "port" && wide.value === narrow.value;
        case "regex":
        case "template":
            return narrow.kind === wide.kind && narrow.value === wide.value;
        default:
            return wide satisfies never;
    }
}

function isText(test: ValueTest): test is TextTest {
    return test.kind === "exact" || test.kind === "prefix" || test.kind === "suffix" || test.kind === "present";
}

function coversText(wide: TextTest, narrow: TextTest): boolean {
    if (wide.kind === "present") return narrow.kind !== "exact" || narrow.value !== "";
    if (narrow.kind === "present" || (narrow.ignoreCase && !wide.ignoreCase)) return false;
    if (wide.kind === "exact") return narrow.kind === "exact" && fitsText(wide, narrow.value);
    return (narrow.kind === "exact" || narrow.kind === wide.kind) && fitsText(wide, narrow.value);
}

/** Whether nothing fits both. */
export function disjointValues(one: ValueTest, other: ValueTest): boolean {
    if (one.kind === "network" && other.kind === "network") return !meetsNetwork(one, other);
    if (one.kind === "port" && other.kind === "port") return one.value !== other.value;
    if (!isText(one) || !isText(other) || one.kind === "present" || other.kind === "present") return false;
    if (one.kind === "exact") return !fitsText(loose(other), one.value);
    if (other.kind === "exact") return !fitsText(loose(one), other.value);
    if (one.kind !== other.kind) return false;
    return !fitsText(loose(one), other.value) && !fitsText(loose(other), one.value);
}

/** Where case may not matter to one of two, it is left aside. */
function loose(test: TextTest): TextTest {
    return test.kind === "present" ? test : { ...test, ignoreCase: true };
}

/** Whether `narrow`, alone of all that is known, makes sure of `wide`. Both look at one attribute. */
export function ensures(narrow: AttributeTest, wide: AttributeTest): boolean {
    const { values: own, notValues: not } = narrow;
    const isIn = wide.values.length === 0 || (own.length > 0 && own.every((value) => wide.values.some((one) => coversValue(one, value))));
    const isOut = (bad: ValueTest): boolean =>
        not.some((one) => coversValue(one, bad)) ||
        (isSingle(wide.attribute) && own.length > 0 && own.every((value) => disjointValues(value, bad)));
    return isIn && wide.notValues.every(isOut);
}

/** Whether nothing meets both. */
export function excludes(one: AttributeTest, other: AttributeTest): boolean {
    if (!isSingle(one.attribute) || attributeKey(one.attribute) !== attributeKey(other.attribute)) return false;
    const [a, b] = [one.values, other.values];
    const isOutside = (values: readonly ValueTest[], not: readonly ValueTest[]): boolean =>
        values.length > 0 && not.length > 0 && values.every((value) => not.some((bad) => coversValue(bad, value)));
    return (
        (a.length > 0 && b.length > 0 && a.every((value) => b.every((its) => disjointValues(value, its)))) ||
        isOutside(a, other.notValues) ||
        isOutside(b, one.notValues)
    );
}

type Network = Extract<ValueTest, { readonly kind: "network" }>;

interface Block {
    readonly family: 4 | 6;
    readonly address: bigint;
}

/** Addresses are read once, however often they are compared. */
const blocks = new WeakMap<Network, Block>();

function blockOf(network: Network): Block {
    const known = blocks.get(network) ?? readBlock(network.address);
    blocks.set(network, known);
    return known;
}

function readBlock(address: string): Block {
    if (isIP(address) === 4) return { family: 4, address: BigInt(`0x${hexOf(address)}`) };
    // What stands for zeros, and an address of IPv4 at the end.
    const text = address.replace(/[\d.]+\.[\d.]+$/, (tail) => `${hexOf(tail).slice(0, 4)}:${hexOf(tail).slice(4)}`);
    const [head = "", tail] = text.split("::");
    const words = (part: string | undefined): string[] => (part ?? "").split(":").filter((word) => word !== "");
    const [first, last] = [words(head), words(tail)];
    const zeros = Array.from({ length: tail === undefined ? 0 : 8 - first.length - last.length }, () => "0");
    return { family: 6, address: BigInt(`0x${[...first, ...zeros, ...last].map((word) => word.padStart(4, "0")).join("")}`) };
}

function hexOf(address: string): string {
    return address
        .split(".")
        .map((part) => Number(part).toString(16).padStart(2, "0"))
        .join("");
}

/** One text for the block of a length around another one. */
export function blockAround(network: Network, length: number): string {
    const { family, address } = blockOf(network);
    const bits = BigInt((family === 4 ? 32 : 128) - length);
    return `${family}/${length}/${(address >> bits).toString(16)}`;
}

function coversNetwork(wide: Network, narrow: Network): boolean {
    return wide.length <= narrow.length && blockAround(wide, wide.length) === blockAround(narrow, wide.length);
}

function meetsNetwork(one: Network, other: Network): boolean {
    // An address of IPv4 may come in the shape of IPv6.
    return blockOf(one).family !== blockOf(other).family || coversNetwork(one, other) || coversNetwork(other, one);
}
