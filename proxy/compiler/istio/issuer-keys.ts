/** What is to be said of issuers whose keys could not be fetched. It is no longer said once they were. */
import type { ObjectContext } from "../context/objects";
import type { AuthenticationRules } from "../routing/model/access";

export function reportKeys({ report, keySets }: ObjectContext, authentication: AuthenticationRules | undefined): void {
    if (authentication === undefined) return;
    const { subject, rules } = authentication;
    const fetched = keySets.get();
    authentication.keySets.forEach(({ key, field, source }, at) => {
        const state = source && fetched.get(key);
        if (!state || state.why === "") return;
        const issuer = rules[at]?.issuer ? `issuer ${JSON.stringify(rules[at].issuer)}` : "any issuer";
        if (state.jwks === "") {
            report.add(
                "GH0467",
                subject,
                field,
                `The keys of ${issuer} could not be fetched: ${state.why}. Requests with a token of it get 401; requests without one go on.`,
                "See that the address answers with a JSON Web Key Set to the gateway's pod, and that its network lets it ask there.",
            );
        } else {
            report.add(
                "GH0468",
                subject,
                field,
                `The keys of ${issuer} could not be fetched again: ${state.why}. Tokens are verified by those that were fetched last.`,
            );
        }
    });
}
