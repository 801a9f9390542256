/**
 * Tests of attributes, compiled, and whether they hold: one of the values fits, where there are any, and none of the others
 * does. What is absent has no value. Hot path: no allocation.
 */
import { directAddress } from "../../http/edge-rules";
import { wireText } from "../../../istio/wire-text";
import type { AttributeEntry, AttributeTestEntry, ValueTestEntry } from "../../tables";
import { apartFromHeaders } from "../match/routed-request";
import { fitsClaim, fitsPrincipal, type BoundPrincipal } from "./claims";
import type { JudgedAccess } from "./judged";
import { bindNetworks, isWithin, type Networks } from "../../net/networks";
import { bindTexts, fitsText, type BoundTexts, type ComparedText } from "./texts";

/** In the order of what they cost. */
const KINDS = [
    "nothing",
    "destination-port",
    "method",
    "server-name",
    "host",
    "path",
    "header",
    "source-address",
    "remote-address",
    "destination-address",
    "source-principal",
    "presenter",
    "audiences",
    "claim",
    "request-principal",
] as const satisfies readonly AttributeEntry["kind"][];

export interface BoundValues {
    readonly texts: BoundTexts;
    readonly networks: Networks | undefined;
    readonly ports: readonly number[];
    readonly principals: readonly BoundPrincipal[];
    /** That there is one, whatever it is. */
    readonly present: boolean;
}

export interface BoundTest {
    readonly kind: AttributeEntry["kind"];
    /** Of a header. */
    readonly name: string;
    /** Of a claim. */
    readonly path: readonly string[];
    readonly values: BoundValues | undefined;
    readonly notValues: BoundValues | undefined;
    readonly entry: AttributeTestEntry;
}

/** Throws for what can't be compared with the attribute. */
export function bindTest(entry: AttributeTestEntry): BoundTest {
    const { attribute, values, notValues } = entry;
    return {
        kind: attribute.kind,
        name: attribute.kind === "header" ? attribute.name.toLowerCase() : "",
        path: claimPath(attribute),
        values: values.length === 0 ? undefined : bindValues(values, attribute),
        notValues: notValues.length === 0 ? undefined : bindValues(notValues, attribute),
        entry,
    };
}

/** Cheap ones first. */
export function bindTests(entries: readonly AttributeTestEntry[]): readonly BoundTest[] {
    return entries.map(bindTest).sort((a, b) => KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind));
}

function claimPath(attribute: AttributeEntry): readonly string[] {
    if (attribute.kind === "claim") return attribute.path;
    return attribute.kind === "audiences" ? ["aud"] : attribute.kind === "presenter" ? ["azp"] : [];
}

function bindValues(tests: readonly ValueTestEntry[], { kind }: AttributeEntry): BoundValues {
    // Claims are text; everything else is compared as it stands on the wire.
    const isClaim = kind === "claim" || kind === "audiences" || kind === "presenter" || kind === "request-principal";
    const text = isClaim ? (value: string): string => value : wireText;
    const texts: ComparedText[] = [];
    const networks: Extract<ValueTestEntry, { kind: "network" }>[] = [];
    const ports: number[] = [];
    const principals: BoundPrincipal[] = [];
    for (const test of tests) {
        if (test.kind === "network") networks.push(test);
        else if (test.kind === "port") ports.push(test.value);
        else if (test.kind === "principal")
            principals.push({ issuer: bindTexts([test.issuer], text), subject: bindTexts([test.subject], text) });
        else texts.push(test);
    }
    return {
        texts: bindTexts(texts, text),
        networks: networks.length === 0 ? undefined : bindNetworks(networks),
        ports,
        principals,
        present: tests.some((test) => test.kind === "present"),
    };
}

export function testHolds(test: BoundTest, judged: JudgedAccess): boolean {
    if (test.values !== undefined && !hasValue(test, test.values, judged)) return false;
    return test.notValues === undefined || !hasValue(test, test.notValues, judged);
}

function hasValue(test: BoundTest, values: BoundValues, judged: JudgedAccess): boolean {
    const { connection } = judged;
    switch (test.kind) {
        case "method":
            return values.present || fitsText(values.texts, judged.method);
        case "host":
            return values.present || fitsText(values.texts, judged.authority);
        case "path":
            return fitsText(values.texts, judged.pathname);
        case "header":
            return hasHeader(test.name, values, judged);
        case "server-name":
            return fitsText(values.texts, connection.serverName);
        case "destination-port":
            return values.ports.includes(connection.targetPort ?? connection.localPort);
        case "source-address":
            return values.networks !== undefined && isWithin(values.networks, directAddress(connection));
        case "remote-address":
            return values.networks !== undefined && isWithin(values.networks, judged.remoteAddress);
        case "destination-address":
            return values.networks !== undefined && isWithin(values.networks, connection.localAddress);
        case "source-principal":
            return hasPrincipal(values, connection.tls?.principals);
        case "claim":
        case "audiences":
        case "presenter":
            return fitsClaim(values.texts, test.path, judged.payload);
        case "request-principal":
            return fitsPrincipal(values.principals, judged.payload);
        case "nothing":
            return false;
        default:
            return test.kind satisfies never;
    }
}

/** Each line by itself. That a header is there holds of an empty one too. */
function hasHeader(name: string, values: BoundValues, judged: JudgedAccess): boolean {
    const apart = apartFromHeaders(judged, name);
    if (apart !== undefined) return fitsText(values.texts, apart);
    const { headers } = judged;
    for (let at = 0; at < headers.length; at += 2) {
        if (headers[at] === name && (values.present || fitsText(values.texts, headers[at + 1]!))) return true;
    }
    return false;
}

/** Undefined: there is no certificate, or nobody has verified it. */
function hasPrincipal({ texts, present }: BoundValues, principals: readonly string[] | undefined): boolean {
    if (principals === undefined) return false;
    if (present) return true;
    for (let at = 0; at < principals.length; at++) if (fitsText(texts, principals[at]!)) return true;
    return false;
}
