/** The tokens of a request, each with what is wrong with it: found and judged as the data path does it. */
import { isRecord } from "../../../istio/validation";
import type { HeaderList } from "../../http/doors";
import { tokensIn, type FoundToken } from "../../exchange/token-places";
import { ISSUER_FAULT, judgeToken, type BoundAuthentication, type BoundJwtRule, type TokenJudgement } from "../../snapshot";
import type { Origin, RequestAuthenticationEntry, Tables } from "../../tables";
import type { TokenAnswer } from "./answer";

/** `path`, `headers`: as the request came, before a token was taken out of it. `now`: milliseconds since 1970. */
export function tokenAnswers(
    { rules }: BoundAuthentication,
    { path, headers, now }: { readonly path: string; readonly headers: HeaderList; readonly now: number },
    tables: Pick<Tables, "keySets" | "authentications">,
): TokenAnswer[] {
    const found = new Map<string, { readonly token: FoundToken; readonly rules: BoundJwtRule[] }>();
    for (const rule of rules)
        for (const token of tokensIn(path, headers, rule) ?? []) {
            const key = `${token.place} ${token.name} ${token.text}`;
            const known = found.get(key);
            if (known) known.rules.push(rule);
            else found.set(key, { token, rules: [rule] });
        }
    return [...found.values()].map(({ token, rules: asking }) => answerFor(token, asking, tables, now));
}

function answerFor(
    { text, place, name }: FoundToken,
    rules: readonly BoundJwtRule[],
    { keySets, authentications }: Pick<Tables, "keySets" | "authentications">,
    now: number,
): TokenAnswer {
    const judged = judgeToken(
        text,
        rules.map(({ entry }) => entry),
        keySets,
        now,
    );
    const good = judged.find(({ fault }) => fault === "");
    const decisive = good ?? judged.find(({ fault }) => fault !== ISSUER_FAULT) ?? judged[0];
    return {
        from: `${place} ${name}`,
        valid: good !== undefined,
        answer: good ? "" : (decisive?.fault ?? ""),
        text: good ? good.words : wrongText(judged),
        ...contentOf(text),
        origin: decisive === undefined ? null : originOf(decisive, authentications),
    };
}

/** Rules for other issuers have nothing to say of it, unless no other does. */
function wrongText(judged: readonly TokenJudgement[]): string {
    const telling = judged.filter(({ fault }) => fault !== ISSUER_FAULT);
    return [...new Set((telling.length > 0 ? telling : judged).map(({ words }) => words))].join(" ");
}

function originOf({ rule }: TokenJudgement, authentications: ReadonlyMap<string, RequestAuthenticationEntry>): Origin | null {
    for (const { rules, origin } of authentications.values()) if (rules.includes(rule)) return { ...origin, field: rule.field };
    return null;
}

type Content = Pick<TokenAnswer, "issuer" | "subject" | "audiences" | "keyId" | "algorithm" | "expires">;

/** What it says of itself, whether that is true or not. */
function contentOf(text: string): Content {
    const [head, claims] = text.split(".", 2).map(objectIn);
    const textAt = (from: Readonly<Record<string, unknown>> | undefined, name: string): string | null => {
        const value = from !== undefined && Object.hasOwn(from, name) ? from[name] : undefined;
        return typeof value === "string" ? short(value) : null;
    };
    const { aud, exp } = claims ?? {};
    const end = typeof exp === "number" && exp > 0 ? new Date(exp * 1000) : undefined;
    return {
        issuer: textAt(claims, "iss"),
        subject: textAt(claims, "sub"),
        audiences: (Array.isArray(aud) ? aud : [aud])
            .filter((one): one is string => typeof one === "string")
            .slice(0, 20)
            .map(short),
        keyId: textAt(head, "kid"),
        algorithm: textAt(head, "alg"),
        expires: end === undefined || Number.isNaN(end.getTime()) ? null : end.toISOString(),
    };
}

function objectIn(part: string): Readonly<Record<string, unknown>> | undefined {
    try {
        const value: unknown = JSON.parse(Buffer.from(part, "base64url").toString("utf8"));
        return isRecord(value) ? value : undefined;
    } catch {
        return undefined;
    }
}

function short(text: string): string {
    return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
