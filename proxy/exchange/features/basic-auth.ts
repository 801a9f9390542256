/**
 * Names and passwords (RFC 7617): a provider of our own for CUSTOM policies. What was verified once costs a request a digest;
 * all else waits for the thread that verifies. A name that there is not costs as much as one that there is.
 */
import { createHash } from "node:crypto";
import { headerValue, setHeader } from "../../http/header-list";
import type { BoundPasswords, BoundRule } from "../../snapshot";
import type { ExchangeState } from "../exchange-state";
import { answer, ON, type Answer, type Next, type Suspend } from "../verdict";
import { tellDenied } from "./refusal";

const CREDENTIALS = /^basic +([a-z0-9+/]+={0,2})$/i;
const COLON = 0x3a;
/** What RFC 7617 has in no name and no password. */
const CONTROL = /[\x00-\x1f\x7f]/;

interface Credentials {
    /** Its bytes, one a character, as they stand in headers. */
    readonly name: string;
    readonly password: Buffer;
}

export function askPasswords(state: ExchangeState, provider: BoundPasswords, rule: BoundRule, next: () => Next): Next {
    const credentials = credentialsOf(headerValue(state.headers, "authorization"));
    if (credentials === undefined) return unauthorized(state, provider, rule);
    const known = provider.users.get(Buffer.from(credentials.name, "latin1").toString("utf8"));
    const hash = known ?? standIn(provider.entry.users, credentials.name);
    const { passwords } = state.runtime;
    const key = passwords.keyOf(hash, credentials.password);
    switch (passwords.known(key)) {
        case true:
            return known === undefined ? unauthorized(state, provider, rule) : welcome(state, provider, credentials);
        case false:
            return unauthorized(state, provider, rule);
        default:
            return new PasswordCheck(state, provider, { ...credentials, key, hash, isKnown: known !== undefined, rule }, next);
    }
}

interface Question extends Credentials {
    readonly key: string;
    readonly hash: string;
    readonly isKnown: boolean;
    readonly rule: BoundRule;
}

class PasswordCheck implements Suspend {
    readonly kind = "suspend";
    readonly body = undefined;
    readonly #state: ExchangeState;
    readonly #provider: BoundPasswords;
    readonly #question: Question;
    readonly #next: () => Next;

    constructor(state: ExchangeState, provider: BoundPasswords, question: Question, next: () => Next) {
        this.#state = state;
        this.#provider = provider;
        this.#question = question;
        this.#next = next;
    }

    allowed(): Next {
        return this.#next();
    }

    tooLarge(): Answer {
        return unauthorized(this.#state, this.#provider, this.#question.rule);
    }

    begin(done: (verdict: Next) => void): () => void {
        const { key, hash, password } = this.#question;
        const { runtime, connection } = this.#state;
        const waiting = runtime.passwords.verify(key, hash, password, connection.remoteAddress, (fits) => done(this.#verdict(fits)));
        if (typeof waiting === "function") return waiting;
        done(busy(this.#state, this.#question.rule, waiting === "client" ? 429 : 503));
        return () => undefined;
    }

    #verdict(fits: boolean | undefined): Next {
        if (fits === undefined) return busy(this.#state, this.#question.rule, 503);
        if (!fits || !this.#question.isKnown) return unauthorized(this.#state, this.#provider, this.#question.rule);
        welcome(this.#state, this.#provider, this.#question);
        return this.#next();
    }
}

function welcome({ headers }: ExchangeState, { entry: { userHeader } }: BoundPasswords, { name }: Credentials): typeof ON {
    if (userHeader !== "") setHeader(headers, userHeader, name);
    return ON;
}

function unauthorized(state: ExchangeState, { challenge }: BoundPasswords, rule: BoundRule): Answer {
    tellDenied(state, rule);
    return answer(401, "Unauthorized", "UAEX", "basic_auth_denied", ["www-authenticate", challenge]);
}

function busy(state: ExchangeState, rule: BoundRule, status: 429 | 503): Answer {
    tellDenied(state, rule);
    return answer(status, "too many passwords are being verified", "UAEX", "basic_auth_overloaded", ["retry-after", "1"]);
}

/** Undefined: there are none, or none that anybody can read. */
function credentialsOf(header: string | undefined): Credentials | undefined {
    const text = header === undefined ? undefined : CREDENTIALS.exec(header)?.[1];
    if (text === undefined) return undefined;
    const bytes = Buffer.from(text, "base64");
    const colon = bytes.indexOf(COLON);
    if (colon <= 0 || CONTROL.test(bytes.toString("latin1"))) return undefined;
    return { name: bytes.toString("latin1", 0, colon), password: bytes.subarray(colon + 1) };
}

/** Whose hash is computed for a name that there is not: always the same one for it, or how long it takes would tell. */
function standIn(users: readonly (readonly [name: string, hash: string])[], name: string): string {
    const at = createHash("sha256").update(name, "latin1").digest().readUInt32BE(0) % users.length;
    return users[at]![1];
}
