/** Conditions of an HTTP rule. */
import { shownText } from "../../shown";
import type { HTTPMatchRequest, HTTPRoute, StringMatch, VirtualService } from "../../types";
import { each, eachEntry, type Loose, type Report } from "../report";
import { checkGatewayName } from "./gateway-name";
import { regexFault } from "./regex";
import { checkLabels } from "./shared";

type Block = Loose<HTTPMatchRequest>;

/** RFC 9110 §5.6.2 token. */
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const PSEUDO_HEADERS: readonly string[] = [":method", ":authority", ":scheme", ":path"];
const CLAIMS = "@request.auth.claims";

export function isToken(name: string): boolean {
    return TOKEN.test(name);
}

export function matchRules(block: Block, spec: Loose<VirtualService>, field: string, report: Report): void {
    for (const name of ["uri", "scheme", "method", "authority"] as const) {
        stringMatchRules(block[name], `${field}.${name}`, name === "uri", report);
    }
    eachEntry(block.headers, `${field}.headers`, (name, match, at) => {
        headerNameRules(name, at, report);
        claimRules(name, block, spec, at, report);
        stringMatchRules(match, at, false, report);
    });
    eachEntry(block.withoutHeaders, `${field}.withoutHeaders`, (name, match, at) => {
        headerNameRules(name, at, report);
        // `*` is no expression; Istio takes it for presence, in this field alone.
        if (match.regex !== "*") {
            stringMatchRules(match, at, false, report);
        }
    });
    eachEntry(block.queryParams, `${field}.queryParams`, (_name, match, at) => stringMatchRules(match, at, false, report));
    checkLabels(block.sourceLabels, `${field}.sourceLabels`, report);
    each(block.gateways, `${field}.gateways`, (name, at) => checkGatewayName(name, at, report));
}

export function stringMatchRules(match: Loose<StringMatch> | undefined, field: string, emptyPrefix: boolean, report: Report): void {
    if (match?.prefix === "" && !emptyPrefix) {
        report("GH0104", `${field}.prefix`, "is empty; every value begins with nothing", "Write `{}` for presence, or leave the condition out.");
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
    } else if (name.startsWith(":") ? !PSEUDO_HEADERS.includes(name) : !name.startsWith(CLAIMS) && !isToken(name)) {
        report("GH0104", field, `${shownText(name)} is no header's name`);
    } else if (name !== name.toLowerCase() && !name.startsWith("@")) {
        report("GH0111", field, `${shownText(name)} has capitals; headers are compared in lower case`, `Write \`${name.toLowerCase()}\`.`);
    }
}

function claimRules(name: string, block: Block, spec: Loose<VirtualService>, field: string, report: Report): void {
    const gateways = block.gateways?.length ? block.gateways : (spec.gateways ?? []);
    if (name.startsWith(CLAIMS) && (gateways.length === 0 || gateways.includes("mesh"))) {
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
