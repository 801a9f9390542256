/**
 * The cases of a topic once more with HTTP/2: asked by clients that speak it, or with backends that do. A record holds of
 * them what the real gateway answers otherwise than over HTTP/1.1; where it says nothing, the same is demanded.
 */
import assert from "node:assert/strict";
import type { Answer, Ask, Case, Differences, Received, Variant } from "../case";
import type { Recorded } from "../record";
import { withoutAlert } from "./asking";
import { overHttp2 } from "./requests";

export interface How {
    /** Clients ask over HTTP/2 as well. */
    readonly clients?: boolean;
    /** Of what is asked over HTTP/2, every so manieth request. Default: each. */
    readonly every?: number;
    /** The backends speak HTTP/2. */
    readonly backends?: boolean;
}

/** By a request's title. */
export interface Played {
    readonly answers: Readonly<Record<string, Answer>>;
    /** Over HTTP/2. */
    readonly clients?: Readonly<Record<string, Answer>>;
}

export async function playAll(
    asks: Readonly<Record<string, Ask>>,
    { clients = false, every = 1 }: How,
    ask: (asked: Ask) => Promise<Answer>,
): Promise<Played> {
    const answers: Record<string, Answer> = {};
    const others: Record<string, Answer> = {};
    let at = 0;
    for (const [title, asked] of Object.entries(asks)) {
        const other = asked.http2 ? asked : clients ? overHttp2(asked) : undefined;
        const isPlayed = other !== undefined && at++ % every === 0;
        if (!asked.http2 || isPlayed) answers[title] = await ask(asked);
        if (!asked.http2 && isPlayed) others[title] = await ask(other);
    }
    return Object.keys(others).length > 0 ? { answers, clients: others } : { answers };
}

/** What differs from the answers over HTTP/1.1; undefined: nothing. */
export function otherwise(
    variant: Variant,
    answers: Readonly<Record<string, Answer>> | undefined,
    plain: Readonly<Record<string, Answer>>,
): Record<string, Answer> | undefined {
    const others = Object.entries(answers ?? {}).filter(
        ([title, answer]) => JSON.stringify(answer) !== JSON.stringify(sameAs(variant, plain[title])),
    );
    return others.length > 0 ? Object.fromEntries(others) : undefined;
}

type Answers = Readonly<Record<string, Answer>>;

/** That we answered as recorded, but for what the case says. */
export function assertPlayed(one: Case, recorded: Recorded, played: Answers): void {
    assertWanted(played, wantedOf(one, recorded, played));
}

/** The same of what was played with HTTP/2, where that is the whole or a part. */
export function assertVariant(variant: Variant, one: Case, recorded: Recorded, played: Answers = {}): void {
    assertWanted(played, wantedWith(variant, one, recorded, played));
}

interface Wanted {
    readonly answer: Answer | undefined;
    /** Without what the case says of it, where it says anything. */
    readonly plain?: Answer | undefined;
}

function assertWanted(played: Answers, wanted: Readonly<Record<string, Wanted>>): void {
    assert.deepEqual(played, Object.fromEntries(Object.entries(wanted).map(([title, { answer }]) => [title, answer])));
    for (const [title, { answer, plain }] of Object.entries(wanted))
        if (plain) assert.notDeepEqual(answer, plain, `${title} is listed as different and is not`);
}

export function wantedOf(one: Case, { answers }: Recorded, played: Answers): Record<string, Wanted> {
    // In the record's order; what nobody recorded fails the comparison.
    const titles = Object.keys(answers).filter((title) => title in played);
    return Object.fromEntries(titles.map((title) => [title, changed(answers[title], one.differences?.[title])]));
}

/** Where we differ over HTTP/1.1 we do so here, unless the case says otherwise. */
export function wantedWith(variant: Variant, one: Case, { answers, http2 = {} }: Recorded, played: Answers): Record<string, Wanted> {
    return Object.fromEntries(
        Object.keys(played).map((title) => {
            const other = http2[variant]?.[title];
            const own = one.http2?.[variant]?.[title];
            if (own) return [title, changed(other ?? sameAs(variant, answers[title]), own)];
            const difference = one.differences?.[title];
            if (!difference) return [title, { answer: other ?? sameAs(variant, answers[title]) }];
            // What is made of an answer is made of the one that was recorded of HTTP/2, where there is one.
            const from = typeof difference.ours === "function" ? (other ?? answers[title]) : answers[title];
            return [title, { answer: sameAs(variant, changed(from, difference).answer) }];
        }),
    );
}

function changed(answer: Answer | undefined, difference: Differences[string] | undefined): Wanted {
    if (!difference || !answer) return { answer };
    const ours = typeof difference.ours === "function" ? difference.ours(answer) : difference.ours;
    const changed = JSON.parse(JSON.stringify({ ...answer, ...ours })) as Answer;
    return Object.keys(ours).length > 0 ? { answer: changed, plain: answer } : { answer };
}

/** The answer over HTTP/1.1 as it would be with HTTP/2, if nothing else were different. */
function sameAs(variant: Variant, answer: Answer | undefined): Answer | undefined {
    if (answer && variant === "clients") return asAsked(answer);
    if (!answer?.backend) return answer;
    return { ...answer, backend: answer.backend.map((one) => (BACKENDS.includes(one.at) ? overHttp2Backend(one) : one)) };
}

/** The two of the setting. */
const BACKENDS = ["one.backends.test", "two.backends.test"];

/** As `asking.ts` leaves it out. */
function asAsked(answer: Answer): Answer {
    if (answer.ended !== undefined) return { ...answer, ended: withoutAlert(answer.ended) };
    if (answer.headers?.["content-length"] !== "0") return answer;
    const { "content-length": _none, ...headers } = answer.headers;
    return { ...answer, headers };
}

function overHttp2Backend(received: Received): Received {
    const { host, ...headers } = received.headers;
    const list: Record<string, string> = { ...headers, ":scheme": headers["x-forwarded-proto"] === "https" ? "https" : "http" };
    if (host !== undefined) list[":authority"] = host;
    const sorted = Object.fromEntries(Object.entries(list).sort(([a], [b]) => (a < b ? -1 : 1)));
    return { ...received, request: received.request.replace(/HTTP\/1\.1$/, "HTTP/2"), headers: sorted };
}
