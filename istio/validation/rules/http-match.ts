/** Conditions of an HTTP rule. */
import { isClaim, namesMesh, unmetReason } from "../../semantics";
import { shownText } from "../../shown";
import type { HTTPMatchRequest, HTTPRoute, StringMatch, VirtualService } from "../../types";
import { eachEntry, isSet, type Loose, type Report } from "../report";
import { checkGatewayNames } from "./gateway-name";
import { regexFault } from "./regex";
import { isToken } from "../../wire-text";
import { checkLabels, isLabel } from "./shared";

type Block = Loose<HTTPMatchRequest>;

const PSEUDO_HEADERS: readonly string[] = [":method", ":authority", ":scheme", ":path", ":status"];

export function matchRules(block: Block, spec: Loose<VirtualService>, field: string, report: Report): void {
    for (const name of ["uri", "scheme", "method", "authority"] as const) {
        stringMatchRules(block[name], `${field}.${name}`, name === "uri", report);
        const { exact, prefix } = block[name] ?? {};
        const reason = unmetReason(name, { exact, prefix });
        if (reason !== undefined)
            report("GH0111", `${field}.${name}.${exact === undefined ? "prefix" : "exact"}`, `${reason}: no request meets this`);
    }
    eachEntry(block.headers, `${field}.headers`, (name, match, at) => {
        headerNameRules(name, at, report);
        claimRules(name, spec, at, report);
        presenceOr(match, at, report);
    });
    eachEntry(block.withoutHeaders, `${field}.withoutHeaders`, (name, match, at) => {
        headerNameRules(name, at, report);
        claimRules(name, spec, at, report);
        presenceOr(match, at, report);
    });
    if (isSet(block.sourceNamespace) && !isLabel(block.sourceNamespace ?? "")) {
        report("GH0104", `${field}.sourceNamespace`, `got ${shownText(block.sourceNamespace ?? "")}, wanted a namespace`);
    }
    eachEntry(block.queryParams, `${field}.queryParams`, (_name, match, at) => stringMatchRules(match, at, false, report));
    checkLabels(block.sourceLabels, `${field}.sourceLabels`, report);
    checkGatewayNames(block.gateways, `${field}.gateways`, report);
}

/** `*` is no expression; Istio takes it for presence, of a header alone. */
function presenceOr(match: Loose<StringMatch>, field: string, report: Report): void {
    if (match.regex === "*") {
        report("GH0111", `${field}.regex`, "`*` is no expression; it is taken for presence", "Write `{}`.");
    } else {
        stringMatchRules(match, field, false, report);
    }
}

export function stringMatchRules(match: Loose<StringMatch> | undefined, field: string, emptyPrefix: boolean, report: Report): void {
    if (match?.prefix === "" && !emptyPrefix) {
        report(
            "GH0104",
            `${field}.prefix`,
            "is empty; every value begins with nothing",
            "Write `{}` for presence, or leave the condition out.",
        );
    }
    if (match?.regex !== undefined) {
        const fault = regexFault(match.regex);
        if (fault) {
            report("GH0104", `${field}.regex`, fault);
        }
    }
}

function headerNameRules(name: string, field: string, report: Report): void {
    if (name === "") {
        report("GH0104", field, "a header's name is empty");
    } else if (name.startsWith(":") ? !PSEUDO_HEADERS.includes(name) : !isClaim(name) && !isToken(name)) {
        report("GH0104", field, `${shownText(name)} is no header's name`);
    } else if (name !== name.toLowerCase() && !name.startsWith("@")) {
        report("GH0111", field, `${shownText(name)} has capitals; headers are compared in lower case`, `Write \`${name.toLowerCase()}\`.`);
    }
}

/** Gateways of a block are not looked at. */
function claimRules(name: string, spec: Loose<VirtualService>, field: string, report: Report): void {
    if (isClaim(name) && namesMesh(spec.gateways)) {
        report("GH0105", field, "a match on a token's claims is for gateways only", "Name the Gateway in `gateways`.");
    }
}

/** Whether nothing is left for the rules behind it. */
export function isCatchAll(rule: Loose<HTTPRoute>): boolean {
    return !rule.match || rule.match.length === 0;
}

/** Whether each condition on the path is a prefix. */
export function prefixOnly(rule: Loose<HTTPRoute>): boolean {
    return (rule.match ?? []).every((block) => !block?.uri || (block.uri.exact === undefined && block.uri.regex === undefined));
}
