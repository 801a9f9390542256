/**
 * The cases of a topic once more with HTTP/2: asked by clients that speak it, or with backends that do. A record holds of
 * them what the real gateway answers otherwise than over HTTP/1.1; where it says nothing, the same is demanded.
 */
import assert from "node:assert/strict";
import type { Answer, Ask, Case, Received, Variant } from "../case";
import type { Recorded } from "../record";
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

/** That we answered as recorded, but for what the case says. */
export function assertPlayed(one: Case, { answers }: Recorded, played: Readonly<Record<string, Answer>>): void {
    const wanted: Record<string, unknown> = {};
    // In the record's order; titles that nobody recorded fail the comparison.
    for (const [title, answer] of Object.entries(answers)) {
        const { ours: own } = one.differences?.[title] ?? {};
        if (!(title in played)) continue;
        wanted[title] = JSON.parse(JSON.stringify({ ...answer, ...own }));
        if (own) assert.notDeepEqual(wanted[title], answer, `${title} is listed as different and is not`);
    }
    assert.deepEqual(played, wanted);
}

/** The same of what was played with HTTP/2, where it is the whole or a part. */
export function assertVariant(
    variant: Variant,
    one: Case,
    { answers, http2 = {} }: Recorded,
    played: Readonly<Record<string, Answer>> = {},
): void {
    const own = one.http2?.[variant] ?? {};
    const wanted: Record<string, unknown> = {};
    for (const title of Object.keys(played)) {
        // Where we differ over HTTP/1.1 we do so here.
        const ours = one.differences?.[title]?.ours;
        const answer = ours
            ? sameAs(variant, { ...answers[title], ...ours } as Answer)
            : (http2[variant]?.[title] ?? sameAs(variant, answers[title]));
        wanted[title] = JSON.parse(JSON.stringify({ ...answer, ...own[title]?.ours }));
        if (own[title]) assert.notDeepEqual(wanted[title], answer, `${title} is listed as different over HTTP/2 and is not`);
    }
    assert.deepEqual(played, wanted, `with HTTP/2: ${variant}`);
}

/** The answer over HTTP/1.1 as it would be with HTTP/2, if nothing else were different. */
function sameAs(variant: Variant, answer: Answer | undefined): Answer | undefined {
    if (answer && variant === "clients") return withoutLength(answer);
    if (!answer?.backend) return answer;
    return { ...answer, backend: answer.backend.map((one) => (BACKENDS.includes(one.at) ? overHttp2Backend(one) : one)) };
}

/** The two of the setting. */
const BACKENDS = ["one.backends.test", "two.backends.test"];

/** As `asking.ts` leaves it out. */
function withoutLength(answer: Answer): Answer {
    if (answer.headers?.["content-length"] !== "0") return answer;
    const { "content-length": _none, ...headers } = answer.headers;
    return { ...answer, headers };
}

function overHttp2Backend(received: Received): Received {
    const { host, ...headers } = received.headers;
    const list: Record<string, string> = { ...headers, ":scheme": headers["x-forwarded-proto"] ?? "http" };
    if (host !== undefined) list[":authority"] = host;
    const sorted = Object.fromEntries(Object.entries(list).sort(([a], [b]) => (a < b ? -1 : 1)));
    return { ...received, request: received.request.replace(/HTTP\/1\.1$/, "HTTP/2"), headers: sorted };
}
