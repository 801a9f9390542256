/**
 * Texts of an HTTP rule that end up in heads: what no head can hold, so that no worker binds it, and what Istio takes and
 * hardly anybody means.
 */
import { hasControl } from "../../wire-text";
import { shownText } from "../../shown";
import type { HTTPRoute } from "../../types";
import type { Loose, Report } from "../report";
import { groupCount } from "./regex";

type Rule = Loose<HTTPRoute>;

export function textRules({ redirect, rewrite, headers, route }: Rule, field: string, report: Report): void {
    pathRules(redirect?.uri, `${field}.redirect.uri`, report);
    pathRules(redirect?.prefixRewrite, `${field}.redirect.prefixRewrite`, report);
    authorityRules(redirect?.authority, `${field}.redirect.authority`, report);
    targetRules(rewrite?.uri, `${field}.rewrite.uri`, report);
    targetRules(rewrite?.uriRegexRewrite?.rewrite, `${field}.rewrite.uriRegexRewrite.rewrite`, report);
    substitutionRules(
        rewrite?.uriRegexRewrite?.match ?? "",
        rewrite?.uriRegexRewrite?.rewrite ?? "",
        `${field}.rewrite.uriRegexRewrite.rewrite`,
        report,
    );
    authorityRules(rewrite?.authority, `${field}.rewrite.authority`, report);
    hostRules(headers, `${field}.headers`, report);
    route?.forEach((entry, index) => hostRules(entry?.headers, `${field}.route[${index}].headers`, report));
}

function pathRules(path: string | undefined, field: string, report: Report): boolean {
    const isBad = path !== undefined && hasControl(path);
    if (isBad) {
        report("GH0104", field, "the path has a control character or a line break");
    }
    return !isBad;
}

/** Of what goes into a request line. */
function targetRules(path: string | undefined, field: string, report: Report): void {
    if (pathRules(path, field, report) && path !== undefined && (path.split("?", 1)[0] ?? "").includes("%00")) {
        report("GH0104", field, "the path has `%00`, which no server may be asked for");
    }
}

function authorityRules(authority: string | undefined, field: string, report: Report): void {
    if (authority === undefined || authority === "") {
        return;
    }
    if (hasControl(authority)) {
        report("GH0104", field, "the host has a control character or a line break");
    } else if (!/^[\x21-\x7e]*$/.test(authority)) {
        const fix = /[^\x00-\x7f]/.test(authority) ? "Write a name of other letters in Punycode: `xn--…`." : "Leave the space out.";
        report("GH0111", field, `${shownText(authority)} is no host; it is sent as it stands, in UTF-8`, fix);
    }
}

/** Control characters in values of header operations are the concern of http-headers.ts. */
function hostRules(headers: Rule["headers"], field: string, report: Report): void {
    for (const operation of ["set", "add"] as const) {
        for (const [name, value] of Object.entries(headers?.request?.[operation] ?? {})) {
            if ((name === ":authority" || name.toLowerCase() === "host") && value !== undefined && !hasControl(value)) {
                authorityRules(value, `${field}.request.${operation}.${name}`, report);
            }
        }
    }
}

/** What RE2 takes for no substitution, and serves in its own way (proxy/snapshot/substitution.ts). */
function substitutionRules(match: string, substitution: string, field: string, report: Report): void {
    const plain = substitution.replace(/\\\\/g, "");
    const wanted = Math.max(0, ...[...plain.matchAll(/\\(\d)/g)].map(([, digit]) => Number(digit)));
    const groups = match === "" ? 0 : groupCount(match);
    if (match !== "" && wanted > groups) {
        report("GH0111", field, `refers to group \\${wanted}, but \`match\` has ${groups}: no path is changed`);
    } else if (/\\(?!\d)/.test(plain)) {
        report("GH0111", field, "has a backslash before neither a digit nor a backslash; it ends there", "Write `\\\\` for a backslash.");
    }
}
