/** What is said of who may pass: plain data, as `-o json` writes it. No value of a rule or of the request that may be a secret is in it. */
import type { Origin } from "../../tables";

export interface TestAnswer {
    /** Below the rule's field: `from[0].source.ipBlocks`, `when[1]`. */
    readonly field: string;
    /** What is looked at, as conditions call it: `source.ip`, `request.headers[x-team]`. */
    readonly attribute: string;
    readonly matched: boolean;
    /** One of these, as policies write them; empty: whatever is not unwanted. */
    readonly wanted: readonly string[];
    readonly unwanted: readonly string[];
    /** What the request or the connection has; empty: nothing. */
    readonly got: readonly string[];
    /** Both may be secrets, and are left out. */
    readonly hidden: boolean;
}

export interface RuleAnswer {
    /** `spec.rules[0]`. */
    readonly field: string;
    readonly matched: boolean;
    /** Of a rule that matches those by which it does, else those by which it does not. */
    readonly tests: readonly TestAnswer[];
}

export interface PolicyAnswer {
    /** `namespace/name`. */
    readonly policy: string;
    readonly action: "CUSTOM" | "AUDIT" | "DENY" | "ALLOW";
    readonly dryRun: boolean;
    /** Null: it was not asked, since it was decided before. */
    readonly matched: boolean | null;
    /** Up to the first that matches. */
    readonly rules: readonly RuleAnswer[];
    readonly origin: Origin;
}

export interface TokenAnswer {
    /** `header authorization`, `parameter access_token`, `cookie session`. */
    readonly from: string;
    readonly valid: boolean;
    /** What clients are told of it; empty: nothing is wrong. */
    readonly answer: string;
    /** The same in more words, of a good one too. */
    readonly text: string;
    /** What it says of itself; null: nothing that can be read. */
    readonly issuer: string | null;
    readonly subject: string | null;
    readonly audiences: readonly string[];
    readonly keyId: string | null;
    readonly algorithm: string | null;
    /** ISO 8601. */
    readonly expires: string | null;
    /** The rule that it was verified by: `RequestAuthentication` with its field. */
    readonly origin: Origin | null;
}

/** Who else is asked, as far as that can be said without asking. */
export interface ProviderAnswer {
    readonly name: string;
    readonly policy: string;
    /** Where; empty: nobody outside is asked. */
    readonly url: string;
    /** Names of the headers that go along. */
    readonly headers: readonly string[];
    /** What becomes of the request for each of what it may say. */
    readonly outcomes: readonly string[];
    readonly origin: Origin | null;
}

export interface AccessAnswer {
    /** `asked`: somebody else decides; what else is said holds where it lets the request pass. */
    readonly decision: "allowed" | "denied" | "unauthenticated" | "asked";
    /** `namespace/name` of the policy that denies, or lets pass; null: none does. */
    readonly policy: string | null;
    /** Its rule. */
    readonly rule: string | null;
    /** Whom the connection comes from, and who that is behind trusted hops. */
    readonly sourceAddress: string;
    readonly remoteAddress: string;
    readonly tokens: readonly TokenAnswer[];
    /** In the order in which they are asked. */
    readonly providers: readonly ProviderAnswer[];
    /** In the order in which they are asked. */
    readonly policies: readonly PolicyAnswer[];
}
