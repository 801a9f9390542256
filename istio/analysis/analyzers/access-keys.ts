/** GH0716, GH0717 and GH0724: keys of issuers that are not there, could be anybody's, or should be nobody else's. */
import { shownText } from "../../shown";
import { keyFaults } from "../access/key-sets";
import type { ObjectIndex } from "../object-index";
import type { AnalysisReport } from "../report";

export function tokenKeys(index: ObjectIndex, report: AnalysisReport): void {
    for (const authentication of index.of("RequestAuthentication")) {
        (authentication.usable.spec?.jwtRules ?? []).forEach((rule, at) => {
            if (rule === undefined) return;
            const { none, inClear, privateKeys } = keyFaults(rule, `spec.jwtRules[${at}]`);
            const issuer = rule.issuer ? `the issuer ${shownText(rule.issuer)}` : "this rule";
            if (none) report.own("GH0716", authentication, none.field, `no token of ${issuer} is ever good: ${none.why}`, none.fix);
            if (inClear) {
                report.own(
                    "GH0717",
                    authentication,
                    inClear.field,
                    `the keys of ${issuer} come over plain HTTP: whoever is between puts in others, and signs tokens`,
                    "Fetch them over https.",
                );
            }
            if (privateKeys !== undefined) {
                report.own(
                    "GH0724",
                    authentication,
                    privateKeys,
                    `the keys of ${issuer} hold a private or secret one: whoever reads the object signs tokens`,
                    "Leave the private parts out, and give the issuer a new key.",
                );
            }
        });
    }
}
