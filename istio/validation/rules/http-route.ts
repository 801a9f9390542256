/** HTTP rules of a VirtualService: exactly one action each, and what goes with it. */
import { shown, shownText } from "../../shown";
import type { HTTPDirectResponse, HTTPRedirect, HTTPRewrite, HTTPRoute, VirtualService } from "../../types";
import { each, isSet, type Loose, type Report } from "../report";
import { corsRules, faultRules, mirrorRules, retryRules } from "./http-policies";
import { authorityWriters, headerRules } from "./http-headers";
import { isCatchAll, matchRules, prefixOnly } from "./http-match";
import { regexFault } from "./regex";
import { textRules } from "./http-texts";
import { checkDestination, checkWeights, isLabel } from "./shared";

type Rule = Loose<HTTPRoute>;
const ACTIONS = ["route", "redirect", "directResponse", "delegate"] as const;
/** Istio hands the answer on to each rule of the delegate. */
const HANDED_ON: readonly string[] = ["directResponse", "delegate"];

export function httpRules(spec: Loose<VirtualService>, isDelegate: boolean, report: Report): void {
    let catchAll: string | undefined;
    each(spec.http, "spec.http", (rule, field) => {
        if (catchAll !== undefined) {
            report("GH0111", field, `is never reached: ${catchAll} takes every request`, "Put the rule without conditions last.");
        }
        catchAll ??= isCatchAll(rule) ? field : undefined;
        ruleRules(rule, spec, isDelegate, field, report);
    });
}

function ruleRules(rule: Rule, spec: Loose<VirtualService>, isDelegate: boolean, field: string, report: Report): void {
    actionRules(rule, isDelegate, field, report);
    each(rule.match, `${field}.match`, (block, at) => matchRules(block, spec, at, report));
    each(rule.route, `${field}.route`, (entry, at) => {
        checkDestination(entry.destination, `${at}.destination`, report);
        headerRules(entry.headers, `${at}.headers`, report);
        authorityRules([...authorityWriters(entry.headers, `${at}.headers`)], report);
    });
    checkWeights(
        (rule.route ?? []).map((entry) => entry?.weight),
        `${field}.route`,
        report,
    );
    redirectRules(rule, `${field}.redirect`, report);
    directResponseRules(rule.directResponse, `${field}.directResponse`, report);
    rewriteRules(rule.rewrite, `${field}.rewrite`, report);
    textRules(rule, field, report);
    headerRules(rule.headers, `${field}.headers`, report);
    authorityRules(
        [...(isSet(rule.rewrite?.authority) ? [`${field}.rewrite.authority`] : []), ...authorityWriters(rule.headers, `${field}.headers`)],
        report,
    );
    retryRules(rule.retries, `${field}.retries`, report);
    faultRules(rule.fault, `${field}.fault`, report);
    mirrorRules(rule, field, report);
    corsRules(rule.corsPolicy, `${field}.corsPolicy`, report);
}

/** Two places that write the Host header: which one wins is nobody's guess. */
function authorityRules(writers: readonly string[], report: Report): void {
    const [first, second] = writers;
    if (first !== undefined && second !== undefined) {
        report("GH0105", second, `writes the Host header, and so does ${first}`, "Keep one of them.");
    }
}

function actionRules(rule: Rule, isDelegate: boolean, field: string, report: Report): void {
    const set = ACTIONS.filter((action) => (action === "route" ? (rule.route?.length ?? 0) > 0 : rule[action] !== undefined));
    if (set.length === 0) {
        report("GH0103", field, "says what matches but not what to do", "Add one of `route`, `redirect`, `directResponse` and `delegate`.");
    } else if (set.length > 1 && set.every((action) => HANDED_ON.includes(action))) {
        report(
            "GH0111",
            `${field}.directResponse`,
            "answers for every rule of the delegate that has no answer of its own",
            "Put it into the delegate's rules.",
        );
    } else if (set.length > 1) {
        report("GH0105", field, `has ${set.map((action) => `\`${action}\``).join(" and ")}; a rule does one thing`, "Keep one of them.");
    }
    if (set.includes("delegate")) {
        if (isDelegate) {
            report(
                "GH0105",
                `${field}.delegate`,
                "a delegate may not delegate on",
                "Put the rules here, or have the root delegate to the other one.",
            );
        }
        delegateRules(rule.delegate, `${field}.delegate`, report);
    }
    for (const action of ["redirect", "directResponse"] as const) {
        if (rule.delegate && !isDelegate) {
            continue;
        }
        for (const other of ["fault", "rewrite"] as const) {
            if (rule[action] !== undefined && rule[other] !== undefined) {
                report("GH0105", `${field}.${other}`, `does not go with \`${action}\`: nothing is forwarded`, "Leave it out.");
            }
        }
    }
}

function delegateRules(delegate: Rule["delegate"], field: string, report: Report): void {
    // Istio takes both, and finds no such VirtualService.
    if (!isSet(delegate?.name)) {
        report(
            "GH0111",
            `${field}.name`,
            "is missing: the rule delegates to nothing, and its requests get 500",
            "Name the VirtualService whose rules decide.",
        );
    }
    if (isSet(delegate?.namespace) && !isLabel(delegate?.namespace ?? "")) {
        report(
            "GH0111",
            `${field}.namespace`,
            `got ${shownText(delegate?.namespace ?? "")}, wanted a namespace: the rule delegates to nothing, and its requests get 500`,
        );
    }
}

function redirectRules(rule: Rule, field: string, report: Report): void {
    const redirect: Loose<HTTPRedirect> | undefined = rule.redirect;
    if (!redirect) {
        return;
    }
    const { redirectCode: code, scheme } = redirect;
    if (
        ![redirect.uri, redirect.prefixRewrite, redirect.authority, redirect.scheme, redirect.derivePort].some(isSet) &&
        !redirect.port &&
        redirect.port !== 0
    ) {
        report("GH0103", field, "says not where to go", "Set one of `uri`, `prefixRewrite`, `authority`, `scheme` and `port`.");
    }
    if (isSet(redirect.uri) && isSet(redirect.prefixRewrite)) {
        report("GH0105", field, "has `uri` and `prefixRewrite`, which both set the path", "Keep one.");
    }
    if (isSet(redirect.prefixRewrite) && !prefixOnly(rule)) {
        report(
            "GH0105",
            `${field}.prefixRewrite`,
            "replaces the prefix that matched, but the rule has a `uri` match that is none",
            "Match by `uri.prefix`, or use `uri`.",
        );
    }
    if (isSet(scheme) && scheme !== "http" && scheme !== "https") {
        report("GH0104", `${field}.scheme`, `got ${shownText(scheme ?? "")}, wanted http or https`);
    }
    if (code !== undefined && code !== 0) {
        if (code < 300 || code > 399) {
            report("GH0104", `${field}.redirectCode`, `got ${shown(code)}, wanted 301, 302, 303, 307 or 308`);
        } else if (![301, 302, 303, 307, 308].includes(code)) {
            report("GH0111", `${field}.redirectCode`, `${shown(code)} is no redirect that is served`, "Use 301, 302, 303, 307 or 308.");
        }
    }
}

const MEBIBYTE = 1024 * 1024;
const LARGE = 100 * 1024;

function directResponseRules(response: Loose<HTTPDirectResponse> | undefined, field: string, report: Report): void {
    if (!response) {
        return;
    }
    if (response.status !== undefined && (response.status < 200 || response.status > 599)) {
        report("GH0104", `${field}.status`, `got ${shown(response.status)}, wanted 200 to 599`);
    }
    const { string, bytes } = response.body ?? {};
    const length = string !== undefined ? Buffer.byteLength(string) : Buffer.byteLength(bytes ?? "", "base64");
    if (length > MEBIBYTE) {
        report("GH0104", `${field}.body`, `has ${length} bytes, more than the ${MEBIBYTE} allowed`, "Serve it from a backend.");
    } else if (length > LARGE) {
        report("GH0111", `${field}.body`, `has ${length} bytes; every proxy holds it in memory`, "Serve it from a backend.");
    }
}

function rewriteRules(rewrite: Loose<HTTPRewrite> | undefined, field: string, report: Report): void {
    if (!rewrite) {
        return;
    }
    const regex = rewrite.uriRegexRewrite;
    if (!isSet(rewrite.uri) && !isSet(rewrite.authority) && !regex) {
        report("GH0103", field, "is empty", "Set `uri`, `uriRegexRewrite` or `authority`.");
    }
    if (isSet(rewrite.uri) && regex) {
        report("GH0105", field, "has `uri` and `uriRegexRewrite`, which both set the path", "Keep one.");
    }
    if (!regex) {
        return;
    }
    for (const part of ["match", "rewrite"] as const) {
        if (!isSet(regex[part])) {
            report("GH0103", `${field}.uriRegexRewrite.${part}`, "is missing; a substitution has a `match` and a `rewrite`");
        }
    }
    const { match = "" } = regex;
    const fault = match === "" ? undefined : regexFault(match);
    if (fault) {
        report("GH0104", `${field}.uriRegexRewrite.match`, fault);
    }
}
